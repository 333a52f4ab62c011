import { brokerKinds } from "./broker-kinds";
import { leastStorage } from "./broker-memory";
import { heapBytes, leastJavaStorage } from "./jvm-memory";
import { checkLargestMessage } from "./largest-message";
import type { Problem } from "./problems";
import { parseQuantity } from "./quantity";
import { checkReferences } from "./references";
import { defaultQueueType } from "./topology";
import type {
  KubernetesBrokerPlan,
  KubernetesTopology,
  PlainSecrets,
  ResourcesPlan,
} from "./topology";

/** Namespaces that are Kubernetes' own, or everybody's. */
const reservedNamespaces = new Set(["default", "kube-system", "kube-public", "kube-node-lease"]);

/** Whether the parts of a topology on Kubernetes fit together: resources that suffice, versions that are supported. */
export function checkKubernetes(topology: KubernetesTopology, secrets: PlainSecrets): Problem[] {
  return [
    ...checkNamespace(topology),
    ...checkVersion(topology),
    ...checkReplicas(topology),
    ...checkMessages(topology),
    ...checkBrokerResources(topology),
    ...topology.collectors.flatMap(({ name, resources }) =>
      checkResources(["collectors", name, "resources"], resources),
    ),
    ...checkReferences(topology, secrets),
    ...checkSenderNames(topology),
    ...checkKermitQueues(topology),
    ...checkTlsSecret(topology),
  ];
}

function checkNamespace({ cluster: { namespace } }: KubernetesTopology): Problem[] {
  return reservedNamespaces.has(namespace)
    ? [
        {
          path: ["kubernetes", "namespace"],
          message: `"${namespace}" is not a namespace of the stack's own; choose another`,
        },
      ]
    : [];
}

function checkVersion({ broker }: KubernetesTopology): Problem[] {
  const { title, oldest, majors } = brokerKinds[broker.kind];
  const [major, minor] = broker.version;
  const path = ["broker", "image"];
  const version = `${title} ${String(major)}.${String(minor)}`;
  // What is 0 was not to be found, and said so already.
  if (major === 0) return [];
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    return [{ path, message: `${version} is too old; choose ${oldest.join(".")} or newer` }];
  }
  return majors.includes(major)
    ? []
    : [
        {
          path,
          message: `${version} is not known here; choose a version ${majors.join(" or ")}, or mend mq:broker.version`,
        },
      ];
}

function checkReplicas({ broker: { kind, replicas } }: KubernetesTopology): Problem[] {
  const path = ["broker", "replicas"];
  if (kind === "activemq" && replicas > 1) {
    const message =
      "ActiveMQ Classic has no cluster that shares its messages; choose 1, or mq:broker.kind: artemis";
    return [{ path, message }];
  }
  if (kind === "rabbitmq" && replicas % 2 === 0) {
    const message = "an even number has no better quorum than one less; choose 1, 3 or 5";
    return [{ path, message }];
  }
  return [];
}

function checkMessages({ broker, collectors }: KubernetesTopology): Problem[] {
  // What is too little for any message is said already.
  const { leastMemory } = brokerKinds[broker.kind];
  const enough = bytes(broker.resources.limits.memory) >= bytes(leastMemory);
  return broker.kind === "activemq" && enough
    ? checkLargestMessage(heapBytes(broker), collectors)
    : [];
}

function checkBrokerResources({ broker }: KubernetesTopology): Problem[] {
  const path = ["broker", "resources"];
  const { title, leastMemory } = brokerKinds[broker.kind];
  const problems = checkResources(path, broker.resources);
  if (bytes(broker.resources.limits.memory) < bytes(leastMemory)) {
    problems.push({
      path: [...path, "limits", "memory"],
      message: `${broker.resources.limits.memory} is too little for ${title}; give it ${leastMemory} or more`,
    });
  }
  const storage = checkBrokerStorage(broker);
  return storage === undefined
    ? problems
    : [...problems, { path: ["broker", "storage", "size"], message: storage }];
}

function checkBrokerStorage(broker: KubernetesBrokerPlan): string | undefined {
  const { size } = broker.storage;
  const onJava = broker.kind !== "rabbitmq";
  const least = onJava ? leastJavaStorage : leastStorage(broker);
  if (bytes(size) >= least) return undefined;
  return onJava
    ? `${size} is too little for a journal and messages; give it ${String(least / 1024 ** 2)}Mi or more`
    : `${size} is too little: RabbitMQ stops taking messages when less is free than its memory holds; give it ${String(Math.ceil(least / 1024 ** 3))}Gi or more, or less memory`;
}

function checkResources(
  path: readonly PropertyKey[],
  { requests, limits }: ResourcesPlan,
): Problem[] {
  return (["cpu", "memory"] as const)
    .filter((what) => bytes(limits[what]) < bytes(requests[what]))
    .map((what) => ({
      path: [...path, "limits", what],
      message: `the limit ${limits[what]} is below the request ${requests[what]}; raise it, or lower the request`,
    }));
}

const bytes = (quantity: string): number => parseQuantity(quantity) ?? 0;

/** A sender's keys are in a Secret of its name and `-keys`. */
function checkSenderNames({ senders }: KubernetesTopology): Problem[] {
  const names = senders.map(({ name }) => name);
  return names
    .filter((name) => names.includes(name.replace(/-keys$/, "")) && name.endsWith("-keys"))
    .map((name) => ({
      path: ["senders", name],
      message: `the Secret of this name is that of the keys of mq:senders.${name.replace(/-keys$/, "")}; rename it`,
    }));
}

/** Kermit's software declares `/queue/<name>` without a type: the broker then takes the vhost's. */
function checkKermitQueues(topology: KubernetesTopology): Problem[] {
  return topology.users
    .filter(({ client }) => client === "kermit")
    .flatMap((user) =>
      (["send", "receive"] as const).flatMap((verb) =>
        user[verb].flatMap((name, index): Problem[] => {
          const queue = topology.queues.find((candidate) => candidate.name === name);
          if (queue === undefined) return [];
          const type = defaultQueueType(topology, queue.vhost);
          return queue.type === type
            ? []
            : [
                {
                  path: ["users", user.name, verb, index],
                  message: `"${name}" is a ${queue.type} queue in a vhost whose default is ${type}, which Kermit's software could not declare; give all queues of vhost ${queue.vhost} one type, or it a vhost of its own`,
                },
              ];
        }),
      ),
    );
}

function checkTlsSecret({ broker: { tls } }: KubernetesTopology): Problem[] {
  return tls?.clientCertificates === true && tls.source.kind === "pem"
    ? [
        {
          path: ["broker", "tls", "clientCertificates"],
          message:
            "cannot issue clients' certificates with a CA whose key is not here; use mq:broker.tls.secret or .issuer, or remove mq:broker.tls.existing",
        },
      ]
    : [];
}
