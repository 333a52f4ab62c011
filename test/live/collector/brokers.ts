import type { Broker } from "../../../components/brokers/broker";
import { addressesV1 } from "../../../components/brokers/rabbitmq/addresses";
import type { WorkloadProtocol } from "../../../components/config/topology";
import { javaInstalled } from "../../support/existing-activemq";
import { JavaBroker } from "../../support/java-broker";
import { PrivateRabbit, rabbitInstalled, type RabbitOptions } from "../../support/rabbitmq";

/** A real broker of a test's own, whatever its software. */
export interface TestBroker {
  readonly addresses: Broker["addresses"];
  readonly ports: Readonly<Record<WorkloadProtocol, number>>;
  /** Messages of a queue, acknowledged ones not; NaN while the broker does not say it. */
  messages(queue: string): Promise<number>;
  /** As a power cut would: SIGKILL for all of its processes. */
  kill(): Promise<void>;
  /** Starts it on the data that it has; after `kill()`. */
  startAgain(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** The broker's users by name: the one may send to every queue, the other receive. */
export const passwords = { sender: "sender-secret", receiver: "receiver-secret" } as const;

/** What starts a broker with these durable queues, and the users of {@link passwords}. */
type Start = (queues: string[]) => Promise<TestBroker>;

/** A RabbitMQ; tests of what only it has or says use it as it is. */
export async function startRabbit(
  queues: string[],
  options: Partial<RabbitOptions> = {},
): Promise<TestBroker & { rabbit: PrivateRabbit }> {
  const names = queues.map((name) => name.replaceAll(".", "\\.")).join("|");
  const all = `^(${names})$`;
  const user = (name: keyof typeof passwords, rights: { write?: string; read?: string }) => ({
    password: passwords[name],
    permissions: { configure: "^$", write: "^$", read: "^$", ...rights },
  });
  const rabbit = await PrivateRabbit.start({
    users: { sender: user("sender", { write: all }), receiver: user("receiver", { read: all }) },
    queues,
    ...options,
  });
  return {
    rabbit,
    addresses: addressesV1,
    ports: rabbit.ports,
    messages: async (queue) => {
      const { ready, unacked } = await rabbit.depth(queue);
      return ready + unacked;
    },
    kill: () => rabbit.kill(),
    startAgain: () => rabbit.startAgain(),
    stop: () => rabbit.stop(),
  };
}

const java =
  (kind: "activemq" | "artemis", version: string): Start =>
  (queues) => {
    const user = (name: keyof typeof passwords) => ({
      name,
      password: passwords[name],
      send: name === "sender" ? queues : [],
      receive: name === "receiver" ? queues : [],
      manage: [],
      client: "mq" as const,
    });
    const users = [user("sender"), user("receiver")];
    return JavaBroker.start({ kind, version, queues, users });
  };

interface BrokerUnderTest {
  broker: string;
  available: boolean;
  start: Start;
}

/** Of each software the newest one that is had here. */
const newest: readonly BrokerUnderTest[] = [
  { broker: "RabbitMQ", available: rabbitInstalled, start: startRabbit },
  { broker: "ActiveMQ 6.1.7", available: javaInstalled, start: java("activemq", "6.1.7") },
  { broker: "Artemis 2.44.0", available: javaInstalled, start: java("artemis", "2.44.0") },
];

/** What collector and sender speak. */
export const protocols = ["stomp", "amqp"] as const;

const byProtocol = (brokers: readonly BrokerUnderTest[]) =>
  brokers.flatMap((broker) => protocols.map((protocol) => ({ ...broker, protocol })));

/** The newest broker of each software with every protocol, for `describe.each`. */
export const newestBrokers = byProtocol(newest);

/** Every broker with every protocol. */
export const everyBroker = byProtocol([
  ...newest,
  { broker: "ActiveMQ 5.18.3", available: javaInstalled, start: java("activemq", "5.18.3") },
]);
