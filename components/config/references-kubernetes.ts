import { leastStorage } from "./broker-memory";
import type { Problem } from "./problems";
import { parseQuantity } from "./quantity";
import { checkReferences } from "./references";
import { defaultQueueType } from "./topology";
import type { KubernetesTopology, PlainSecrets, ResourcesPlan } from "./topology";

/** Least memory of a broker's container: below it, RabbitMQ raises its memory alarm as it starts. */
const leastMemory = "256Mi";
/** Oldest RabbitMQ that is run on Kubernetes. */
const oldest = [4, 0] as const;
/** Namespaces that are Kubernetes' own, or everybody's. */
const reservedNamespaces = new Set(["default", "kube-system", "kube-public", "kube-node-lease"]);

/** Whether the parts of a topology on Kubernetes fit together: resources that suffice, versions that are supported. */
export function checkKubernetes(topology: KubernetesTopology, secrets: PlainSecrets): Problem[] {
  return [
    ...checkNamespace(topology),
    ...checkVersion(topology),
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
  const [major, minor] = broker.version;
  // What is 0 was not to be found, and said so already.
  return major === 0 || major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
    ? []
    : [
        {
          path: ["broker", "image"],
          message: `RabbitMQ ${String(major)}.${String(minor)} is too old; choose 4.0 or newer`,
        },
      ];
}

function checkBrokerResources({ broker }: KubernetesTopology): Problem[] {
  const path = ["broker", "resources"];
  const problems = checkResources(path, broker.resources);
  if (bytes(broker.resources.limits.memory) < bytes(leastMemory)) {
    problems.push({
      path: [...path, "limits", "memory"],
      message: `${broker.resources.limits.memory} is too little for RabbitMQ; give it ${leastMemory} or more`,
    });
  }
  const least = leastStorage(broker);
  if (bytes(broker.storage.size) < least) {
    problems.push({
      path: ["broker", "storage", "size"],
      message: `${broker.storage.size} is too little: RabbitMQ stops taking messages when less is free than its memory holds; give it ${String(Math.ceil(least / 1024 ** 3))}Gi or more, or less memory`,
    });
  }
  return problems;
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
