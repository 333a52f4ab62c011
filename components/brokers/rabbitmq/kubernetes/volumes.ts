import type { types } from "@pulumi/kubernetes";
import { secretMode } from "../../../platforms/kubernetes/pod-security";
import { accessDefinitionsKey, adminDefinitionsKey, name } from "./names";
import { path } from "./paths";

/** What a node's volumes hold. */
export interface BrokerFiles {
  /** File names of the parts of `conf.d`. */
  readonly confParts: readonly string[];
  /** Names of the Secrets with access definitions, by number. */
  readonly definitionsSecrets: readonly string[];
  /** Name of the Secret with the server's certificate; with TLS only. */
  readonly tlsSecret: string | undefined;
}

/** The volumes of a node's pod but its data. */
export function brokerVolumes({ confParts, definitionsSecrets, tlsSecret }: BrokerFiles) {
  const volumes: types.input.core.v1.Volume[] = [
    {
      name: "config",
      projected: {
        defaultMode: secretMode,
        sources: [
          { configMap: { name: name.config, items: confItems(confParts) } },
          definitions(name.adminDefinitions, adminDefinitionsKey),
          ...definitionsSecrets.map((secret, shard) =>
            definitions(secret, accessDefinitionsKey(shard)),
          ),
        ],
      },
    },
    { name: "cookie", secret: { secretName: name.cookie, defaultMode: secretMode } },
    { name: "scratch", emptyDir: { sizeLimit: "64Mi" } },
  ];
  if (tlsSecret !== undefined) {
    volumes.push({ name: "tls", secret: { secretName: tlsSecret, defaultMode: secretMode } });
  }
  return volumes;
}

function confItems(parts: readonly string[]) {
  return [
    ...parts.map((part) => ({ key: part, path: below(`${path.conf}/${part}`) })),
    { key: "enabled_plugins", path: below(path.plugins) },
  ];
}

function definitions(secret: string, key: string) {
  return {
    secret: { name: secret, items: [{ key, path: below(`${path.definitions}/${key}`) }] },
  };
}

/** A path within the volume, from one within the pod. */
function below(absolute: string): string {
  return absolute.slice(`${path.etc}/`.length);
}
