import { brokerKinds } from "./broker-kinds";
import type { Environment } from "./environment";
import type { Problem } from "./problems";
import { checkFeatures } from "./references-broker";
import { named, resolveCommon, type Resolved } from "./resolve";
import type { KubernetesStackFile } from "./schema/kubernetes";
import { tlsPair } from "./tls-pair";
import {
  brokerHost,
  type AccessPlan,
  type ImagePlan,
  type KubernetesBrokerBase,
  type KubernetesBrokerPlan,
  type KubernetesTopology,
  type ResourcesPlan,
  type StoragePlan,
  type TlsPlan,
} from "./topology";

type BrokerFile = KubernetesStackFile["broker"];
type TlsFile = NonNullable<BrokerFile["tls"]>;

/** A stack file of platform `kubernetes` as a topology. */
export function resolveKubernetes(
  file: KubernetesStackFile,
  environment: Environment,
): Resolved<KubernetesTopology> {
  const { base, secrets, problems } = resolveCommon(file, environment, "quorum");
  const { kubernetes } = file;
  const namespace = kubernetes.namespace ?? `mq-${environment.stack}`;
  const broker = resolveBroker(file.broker);
  const tls = file.broker.tls && resolveTls(file.broker, file.broker.tls, environment, namespace);
  const access = resolveAccess(file.access);
  return {
    topology: {
      ...base,
      platform: "kubernetes",
      cluster: { ...kubernetes, namespace },
      broker: { ...broker.plan, ...(tls && { tls: tls.plan }) },
      access: access.plan,
      workloads: imagePlan(file.workloads),
      collectors: named(file.collectors).map(({ storage, resources, ...collector }) => ({
        ...collector,
        storage: storagePlan(storage),
        resources: resourcesPlan(resources),
      })),
      senders: named(file.senders),
    },
    secrets: { ...secrets, ...(tls?.key !== undefined && { tlsKey: tls.key }) },
    problems: [
      ...checkFeatures(file),
      ...problems,
      ...broker.problems,
      ...(tls?.problems ?? []),
      ...access.problems,
    ],
  };
}

function resolveBroker(file: BrokerFile): { plan: KubernetesBrokerPlan; problems: Problem[] } {
  const { kind, replicas, antiAffinity, clientNamespaces, monitoring } = file;
  const { title, image: published } = brokerKinds[kind];
  const image = file.image ?? published;
  const version = versionOf(file.version ?? tagOf(image));
  const base: KubernetesBrokerBase = {
    ...imagePlan({ ...file, image }),
    replicas,
    antiAffinity,
    clientNamespaces,
    version: version ?? [0, 0],
    resources: resourcesPlan(file.resources),
    storage: storagePlan(file.storage),
    ...(monitoring && { monitoring }),
  };
  return {
    plan: planOf(file, base),
    problems: version
      ? []
      : [
          {
            path: ["broker", "version"],
            message: `missing; the tag of ${image} does not begin with ${title}'s version: set it ("${versionOf(tagOf(published))?.join(".") ?? ""}")`,
          },
        ],
  };
}

/** With the keys of the broker's kind; that no others are given is checked with the references. */
function planOf(
  { kind, plugins, conf, openwire, extraAuthorizationEntries }: BrokerFile,
  base: KubernetesBrokerBase,
): KubernetesBrokerPlan {
  switch (kind) {
    case "rabbitmq":
      return { kind, ...base, plugins, conf };
    case "activemq":
      return { kind, ...base, openwire, extraAuthorizationEntries };
    case "artemis":
      return { kind, ...base, openwire };
  }
}

function versionOf(text: string): [major: number, minor: number] | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

function tagOf(image: string): string {
  return /:([^/:@]+)(?:@|$)/.exec(image)?.[1] ?? "";
}

function resolveTls(
  { kind }: BrokerFile,
  file: TlsFile,
  environment: Environment,
  namespace: string,
): { plan: TlsPlan; key?: string; problems: Problem[] } {
  const { existing, secret, issuer, ...tls } = file;
  if (existing !== undefined) {
    const { pair, problems } = tlsPair(existing, {
      encrypted: environment.secretKeys.has("broker"),
      names: [brokerHost(kind, namespace), ...tls.names],
    });
    const { certificate = "", ca = "", privateKey } = pair ?? {};
    return {
      plan: { ...tls, source: { kind: "pem", certificate, ca } },
      ...(privateKey !== undefined && { key: privateKey }),
      problems,
    };
  }
  const source: TlsPlan["source"] =
    secret !== undefined
      ? { kind: "secret", server: secret.server, ...(secret.client && { client: secret.client }) }
      : issuer !== undefined
        ? { kind: "issuer", name: issuer.name, issuerKind: issuer.kind }
        : { kind: "ca" };
  return { plan: { ...tls, source }, problems: [] };
}

function resolveAccess({ via, endpoint, caFile }: KubernetesStackFile["access"]): {
  plan: AccessPlan;
  problems: Problem[];
} {
  if (via === "definitions") {
    const given = { endpoint, caFile };
    const problems = (["endpoint", "caFile"] as const)
      .filter((key) => given[key] !== undefined)
      .map((key) => ({
        path: ["access", key],
        message: "is for via: management only; remove it, or set mq:access.via: management",
      }));
    return { plan: { via }, problems };
  }
  const problems =
    endpoint === undefined
      ? [
          {
            path: ["access", "endpoint"],
            message:
              "missing; via: management needs the URL under which `up` reaches the management API: set it",
          },
        ]
      : [];
  return {
    plan: { via, endpoint: endpoint ?? "", ...(caFile !== undefined && { caFile }) },
    problems,
  };
}

function imagePlan({ image, pullPolicy, pullSecrets }: ImagePlan): ImagePlan {
  return { image, pullPolicy, pullSecrets };
}

function storagePlan({ size, storageClass }: BrokerFile["storage"]): StoragePlan {
  return { size, ...(storageClass !== undefined && { storageClass }) };
}

/** Requests are the limits where nothing else is said, so that no pod is surprised by its neighbours. */
function resourcesPlan({ requests, limits }: BrokerFile["resources"]): ResourcesPlan {
  return {
    limits,
    requests: {
      cpu: requests.cpu ?? limits.cpu,
      memory: requests.memory ?? limits.memory,
    },
  };
}
