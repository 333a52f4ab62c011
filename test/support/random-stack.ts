import fc from "fast-check";
import type { StackFileValues } from "./stack-values";

/** Paths of a broker's own certificate, its key and its CA. */
export interface OwnCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  readonly ca: string;
}

/** Namespaces that a random stack may have: an own certificate has to be for one of them. */
export const randomNamespaces = ["mq-random", "mq-random-2"] as const;

const label = fc.oneof(
  fc.constantFrom("inventory", "log", "a", "x9", `n${"0".repeat(30)}`),
  fc.stringMatching(/^[a-z]([a-z0-9-]{0,29}[a-z0-9])?$/),
);
const queueName = fc.oneof(
  fc.constantFrom("kermit.inventory", "kermit.log", "q".repeat(200), "_", "A.b:c-d"),
  fc
    .stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._:-]{0,60}$/)
    // Artemis reads the latter as two names.
    .filter((name) => !name.startsWith("amq.") && !name.includes("::")),
);
const userName = fc.oneof(
  fc.constantFrom("openstack", "Kermit@example.org", "u".repeat(64), "a..b", "0"),
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/).filter((name) => name !== "guest"),
);
const objectName = fc.constantFrom("fast", "a", `o${"1".repeat(62)}`, "my-object");
const type = fc.constantFrom("classic", "quorum");
const vhost = fc.constantFrom("/", "/nova", "site:1%", "v".repeat(128));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const storage = fc.record(
  { size: fc.constantFrom("20Gi", "1Ti", "30000M", "2e10"), storageClass: objectName },
  { requiredKeys: ["size"] },
);
const resources = fc.record(
  {
    limits: fc.record({
      cpu: fc.constantFrom("1", "500m", "1.5"),
      memory: fc.constantFrom("512Mi", "1G", "4Gi"),
    }),
    requests: fc.record({ cpu: fc.constant("100m"), memory: fc.constant("256Mi") }),
  },
  { requiredKeys: ["limits"] },
);
const pullSecrets = fc.uniqueArray(objectName, { maxLength: 2 });
const pullPolicy = fc.constantFrom("Always", "IfNotPresent", "Never");

function tls(own: OwnCertificate): fc.Arbitrary<Record<string, unknown>> {
  const keys = fc.record(
    {
      plainListeners: fc.boolean(),
      names: fc.uniqueArray(fc.constantFrom("mq.example.org", "*.mq.example.org"), {
        maxLength: 2,
      }),
      lifetimeDays: fc.integer({ min: 31, max: 398 }),
    },
    { requiredKeys: [] },
  );
  const source = fc.oneof(
    fc.record({ clientCertificates: fc.boolean() }),
    fc.record({
      issuer: fc.record({ name: objectName, kind: fc.constantFrom("Issuer", "ClusterIssuer") }),
      clientCertificates: fc.boolean(),
    }),
    fc.record({
      secret: fc.constant({ server: "my-server", client: "my-client" }),
      clientCertificates: fc.boolean(),
    }),
    fc.constant({ existing: { ...own }, names: [] }),
  );
  return fc.tuple(keys, source).map(([first, second]) => ({ ...first, ...second }));
}

/** What each kind of broker may have that the others may not, or not so. */
const kinds: readonly Readonly<Record<string, fc.Arbitrary<unknown>>>[] = [
  {
    kind: fc.constant("rabbitmq"),
    replicas: fc.constantFrom(1, 3, 5),
    image: fc.constantFrom("rabbitmq:4.0.9-management", "registry.example.com:5000/mq/rabbitmq:4"),
    version: fc.constantFrom("4.0", "4.2"),
    plugins: fc.constantFrom([], ["rabbitmq_shovel", "rabbitmq_stomp"]),
    conf: fc.constantFrom({}, { heartbeat: "30", "log.console.level": "debug" }),
  },
  {
    kind: fc.constant("activemq"),
    replicas: fc.constant(1),
    image: fc.constant(`apache/activemq-classic:5.18.6@sha256:${"0a".repeat(32)}`),
    extraAuthorizationEntries: fc.constantFrom([], [{ queue: "other.>", read: "a,<b>" }]),
  },
  {
    kind: fc.constant("artemis"),
    replicas: fc.constantFrom(1, 2, 3),
    image: fc.constantFrom("apache/activemq-artemis:2.44.0", "apache/artemis:2.50.0"),
  },
];

function broker(own: OwnCertificate): fc.Arbitrary<Record<string, unknown>> {
  return fc.oneof(...kinds.map((ofKind) => brokerOf(own, ofKind)));
}

function brokerOf(
  own: OwnCertificate,
  ofKind: (typeof kinds)[number],
): fc.Arbitrary<Record<string, unknown>> {
  return fc.record<Record<string, unknown>, string>(
    {
      ...ofKind,
      resources,
      storage,
      tls: tls(own),
      pullPolicy,
      pullSecrets,
      antiAffinity: fc.constantFrom("required", "preferred"),
      clientNamespaces: fc.uniqueArray(objectName, { maxLength: 2 }),
      monitoring: fc.record({ namespace: objectName, serviceMonitor: fc.boolean() }),
    },
    // An image whose tag is no version needs one.
    { requiredKeys: ["kind", "storage", ...("version" in ofKind ? ["version"] : [])] },
  );
}

const access = fc.constantFrom<Record<string, string>>(
  { via: "definitions" },
  { via: "management", endpoint: "http://127.0.0.1:15672" },
  { via: "management", endpoint: "https://mq.example.org", caFile: "/etc/ssl/mq.pem" },
);

const cluster = fc.record(
  {
    context: fc.constantFrom("kind-kind", "arn:aws:eks:eu-west-1:1:cluster/x"),
    namespace: fc.constantFrom(...randomNamespaces),
    createNamespace: fc.boolean(),
    protect: fc.boolean(),
  },
  { requiredKeys: ["context"] },
);

interface Traffic {
  queues: { name: string; vhost: string; type: string }[];
  others: string[];
  collectors: string[];
  senders: { name: string; as: string | undefined; nodeSelector: Record<string, string> }[];
  drained: Record<string, unknown>;
}

const traffic = fc.record<Traffic>({
  queues: fc.uniqueArray(fc.record({ name: queueName, vhost, type }), {
    selector: ({ name }) => name,
    minLength: 1,
    maxLength: 5,
  }),
  others: fc.uniqueArray(userName, { maxLength: 5 }),
  collectors: fc.uniqueArray(label, { maxLength: 3 }),
  senders: fc.uniqueArray(
    fc.record({
      name: label,
      as: optional(fc.constantFrom("daemonset", "secret")),
      nodeSelector: fc.constantFrom({}, { "example.org/site": "west" }),
    }),
    { selector: ({ name }) => name, maxLength: 2 },
  ),
  drained: fc.record(
    {
      protocol: fc.constantFrom("stomp", "amqp"),
      dedup: fc.constantFrom("perSender", "compat", "none"),
      // What the smallest ActiveMQ takes, too.
      maxBytes: fc.integer({ min: 1, max: 16 * 1024 * 1024 }),
      port: fc.integer({ min: 1024, max: 65535 }),
      storage,
      resources,
    },
    { requiredKeys: [] },
  ),
});

/** What of the stack file says who sends what to whom: names that fit together. */
function trafficValues({ queues, others, collectors, senders, drained }: Traffic): StackFileValues {
  const names = queues.map(({ name }) => name);
  const [first = ""] = names;
  return {
    queues: Object.fromEntries(queues.map(({ name, ...queue }) => [name, queue])),
    users: {
      ...Object.fromEntries(others.map((name, index) => [name, { manage: names.slice(index) }])),
      "the-receiver": { receive: names },
      "the-sender": { send: names },
    },
    collectors: Object.fromEntries(
      collectors
        .slice(0, names.length)
        .map((name, index) => [name, { ...drained, queue: names[index], user: "the-receiver" }]),
    ),
    senders: Object.fromEntries(
      senders.map(({ name, as, nodeSelector }) => [
        name,
        {
          user: "the-sender",
          inventoryQueue: first,
          logQueue: first,
          nodeSelector,
          ...(as && { as }),
        },
      ]),
    ),
  };
}

/** Stack files of Kubernetes that are valid: every one has to give objects that a cluster takes. */
export function randomStack(own: OwnCertificate): fc.Arbitrary<StackFileValues> {
  const keys = fc.record(
    {
      platform: fc.constant("kubernetes"),
      kubernetes: cluster,
      broker: broker(own),
      signing: fc.constantFrom({}, { name: "site-1.key" }),
      access,
      acl: fc.constantFrom("least-privilege", "compat"),
      workloads: fc.record({ pullPolicy, pullSecrets }),
      passwords: fc.constantFrom(
        { "the-sender": "Own-Password-1" },
        { "the-receiver": "p@$$%{}~0123" },
      ),
    },
    { requiredKeys: ["platform", "kubernetes", "broker", "signing"] },
  );
  return fc
    .tuple(keys, traffic)
    .map(([first, second]) => withoutForeignKeys({ ...first, ...trafficValues(second) }));
}

/** Virtual hosts, types of queues and ways of access are RabbitMQ's alone; the own certificate is for RabbitMQ's name. */
function withoutForeignKeys(values: StackFileValues): StackFileValues {
  const broker = values.broker as { kind: string; tls?: { existing?: object } };
  if (broker.kind === "rabbitmq") return values;
  const { tls, ...plain } = broker;
  return {
    ...Object.fromEntries(Object.entries(values).filter(([key]) => key !== "access")),
    broker: tls?.existing === undefined ? broker : plain,
    queues: Object.fromEntries(Object.keys(values.queues as object).map((name) => [name, {}])),
  };
}

/** The Secrets that a stack file names, and that somebody else makes. */
export function givenSecrets(values: StackFileValues): string[] {
  const { broker, workloads } = values as {
    broker?: { pullSecrets?: string[]; tls?: { secret?: { server: string; client?: string } } };
    workloads?: { pullSecrets?: string[] };
  };
  return [
    ...(broker?.pullSecrets ?? []),
    ...(workloads?.pullSecrets ?? []),
    ...Object.values(broker?.tls?.secret ?? {}),
  ];
}
