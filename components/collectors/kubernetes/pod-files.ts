import type { types } from "@pulumi/kubernetes";
import type { BrokerCertificates } from "../../keys/broker-certificates";
import { secretMode } from "../../platforms/kubernetes/pod-security";
import type { BrokerConnection } from "../../../workloads/shared/config";

/** Where files are in a pod (document 000). */
export const inPod = {
  folder: "/etc/kermit",
  keyDir: "/etc/kermit/ssl",
  passwordFile: "/etc/kermit/password",
  amqpCfg: "/etc/kermit/amqpqueue.cfg",
  outputDir: "/var/lib/kermit/queue",
  tlsDir: "/etc/mq/tls",
} as const;

/** The Secrets of TLS that a pod of one user mounts. */
export interface TlsSecrets {
  readonly ca: string;
  /** The user's own certificate and key, where clients must show one. */
  readonly client?: string;
}

/** The Secrets of TLS for a user's pods. */
export function tlsSecretsOf(certificates: BrokerCertificates, user: string): TlsSecrets {
  const client = certificates.clientSecret(user);
  return { ca: certificates.caSecret, ...(client !== undefined && { client }) };
}

/** What a workload's configuration says where those Secrets are mounted. */
export function tlsFiles({ client }: TlsSecrets): NonNullable<BrokerConnection["tls"]> {
  return {
    caFile: `${inPod.tlsDir}/ca.crt`,
    ...(client !== undefined && {
      certFile: `${inPod.tlsDir}/tls.crt`,
      keyFile: `${inPod.tlsDir}/tls.key`,
    }),
  };
}

/** What a pod reads. */
export interface PodFiles {
  /** Files of `/etc/kermit`. */
  readonly config: readonly {
    readonly kind: "configMap" | "secret";
    readonly name: string;
    readonly files: readonly string[];
  }[];
  /** Secret with one half of the signing keys. */
  readonly keys: string;
  readonly tls?: TlsSecrets;
}

/** The volumes of a pod's files, and where its container mounts them. */
export function podFiles({ config, keys, tls }: PodFiles): {
  readonly volumes: types.input.core.v1.Volume[];
  readonly mounts: types.input.core.v1.VolumeMount[];
} {
  const sources = config.map(({ kind, name, files }) => ({
    [kind]: { name, items: files.map((file) => ({ key: file, path: file })) },
  }));
  return {
    volumes: [
      { name: "config", projected: { defaultMode: secretMode, sources } },
      { name: "keys", secret: { secretName: keys, defaultMode: secretMode } },
      ...(tls
        ? [{ name: "tls", projected: { defaultMode: secretMode, sources: tlsSources(tls) } }]
        : []),
    ],
    mounts: [
      // File by file: nothing can be mounted below a volume that is read-only, and the keys are.
      ...config.flatMap(({ files }) =>
        files.map((file) => ({
          name: "config",
          mountPath: `${inPod.folder}/${file}`,
          subPath: file,
          readOnly: true,
        })),
      ),
      { name: "keys", mountPath: inPod.keyDir, readOnly: true },
      ...(tls ? [{ name: "tls", mountPath: inPod.tlsDir, readOnly: true }] : []),
    ],
  };
}

function tlsSources({ ca, client }: TlsSecrets): types.input.core.v1.VolumeProjection[] {
  const source = (name: string, ...files: string[]) => ({
    secret: { name, items: files.map((file) => ({ key: file, path: file })) },
  });
  return [
    source(ca, "ca.crt"),
    ...(client === undefined ? [] : [source(client, "tls.crt", "tls.key")]),
  ];
}
