import { brokerKinds } from "./broker-kinds";
import type { Problem } from "./problems";
import type { HostsStackFile } from "./schema/hosts";
import type { KubernetesStackFile } from "./schema/kubernetes";
import type { BrokerKind } from "./topology";

/** A key that not every kind of broker has. */
interface Feature {
  readonly path: readonly string[];
  /** Whether the stack file has it. */
  readonly given: boolean;
  readonly kinds: readonly BrokerKind[];
  /** What is said of the others, behind their names: why not, and the mend. */
  readonly otherwise: string;
}

const onJava: readonly BrokerKind[] = ["activemq", "artemis"];

/** Whether a stack file uses only what its broker software has. */
export function checkFeatures(file: HostsStackFile | KubernetesStackFile): Problem[] {
  const { kind } = file.broker;
  const own = file.platform === "hosts" ? hostsFeatures(file) : kubernetesFeatures(file);
  return [
    ...(kind === "rabbitmq" ? [] : checkQueues(file)),
    ...[...features(file), ...own]
      .filter(({ given, kinds }) => given && !kinds.includes(kind))
      .map(({ path, otherwise }) => ({
        path,
        message: `${brokerKinds[kind].title} ${otherwise}`,
      })),
    ...(file.platform === "hosts" ? checkExisting(file) : []),
  ];
}

function checkQueues({ broker, queues }: HostsStackFile | KubernetesStackFile): Problem[] {
  const { title } = brokerKinds[broker.kind];
  return Object.entries(queues).flatMap(([name, { vhost, type }]): Problem[] => [
    ...(vhost === "/"
      ? []
      : [
          {
            path: ["queues", name, "vhost"],
            message: `${title} has no virtual hosts; remove it, and tell queues apart by their names (${vhost.replace(/^\//, "")}.${name})`,
          },
        ]),
    ...(type === "quorum"
      ? [
          {
            path: ["queues", name, "type"],
            message: `${title} has no quorum queues; remove it: its queues are durable`,
          },
        ]
      : []),
  ]);
}

function features({ broker }: HostsStackFile | KubernetesStackFile): Feature[] {
  return [
    {
      path: ["broker", "extraAuthorizationEntries"],
      given: broker.extraAuthorizationEntries.length > 0,
      kinds: ["activemq"],
      otherwise: "has no authorizationEntry; remove it, and grant it in mq:users",
    },
  ];
}

function hostsFeatures({ broker }: HostsStackFile): Feature[] {
  return [
    {
      path: ["broker", "ports", "openwire"],
      given: broker.ports.openwire !== undefined,
      kinds: onJava,
      otherwise: "does not speak OpenWire; remove it",
    },
    {
      path: ["broker", "archive"],
      given: broker.archive !== undefined,
      kinds: onJava,
      otherwise: "is the distribution's package; remove it",
    },
    {
      path: ["broker", "heap"],
      given: broker.heap !== undefined,
      kinds: onJava,
      otherwise: "does not run on Java; remove it",
    },
    {
      path: ["broker", "existing"],
      given: broker.existing !== undefined,
      kinds: ["activemq"],
      otherwise: "cannot be somebody else's on a host; remove it",
    },
  ];
}

function kubernetesFeatures({ broker, access }: KubernetesStackFile): Feature[] {
  return [
    {
      path: ["broker", "openwire"],
      given: broker.openwire,
      kinds: onJava,
      otherwise: "does not speak OpenWire; remove it",
    },
    {
      path: ["broker", "plugins"],
      given: broker.plugins.length > 0,
      kinds: ["rabbitmq"],
      otherwise: "has no plugins of that kind; remove them",
    },
    {
      path: ["broker", "conf"],
      given: Object.keys(broker.conf).length > 0,
      kinds: ["rabbitmq"],
      otherwise: "has no rabbitmq.conf; remove it",
    },
    {
      path: ["access", "via"],
      given: access.via === "management",
      kinds: ["rabbitmq"],
      otherwise: "reads its users and queues from its own files; remove mq:access",
    },
  ];
}

/** A broker that somebody else has set up: what is theirs cannot be said here, and what we need of them has to be. */
function checkExisting({ broker, users, passwords }: HostsStackFile): Problem[] {
  const { existing, archive, heap, ports, extraAuthorizationEntries } = broker;
  if (existing === undefined) return [];
  const theirs = {
    archive,
    heap,
    "ports.openwire": ports.openwire,
    extraAuthorizationEntries: extraAuthorizationEntries[0],
  };
  return [
    ...Object.entries(theirs)
      .filter(([, value]) => value !== undefined)
      .map(([key]) => ({
        path: ["broker", ...key.split(".")],
        message: "is for its owner to say where mq:broker.existing is set; remove it",
      })),
    ...Object.keys(users)
      .filter((user) => !Object.hasOwn(passwords, user))
      .map((user) => ({
        path: ["passwords", user],
        message:
          "missing; a user of an existing broker has its owner's password: `pulumi config set --secret --path 'mq:passwords.USER'`",
      })),
  ];
}
