import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BrokerKind, WorkloadProtocol } from "../../components/config/topology";
import type { Outputs } from "../../tools/lib/outputs";
import { connect } from "../../workloads/shared/connect";
import type { Delivery, Session } from "../../workloads/shared/protocol";
import { eventually } from "../support/eventually";
import { TestStack } from "../support/stack";

type QueueOutputs = Outputs & { clients: Record<string, { password: string }> };

const kinds: readonly BrokerKind[] = ["rabbitmq", "activemq", "artemis"];
const protocols: readonly WorkloadProtocol[] = ["stomp", "amqp"];
/** As document 001 has it. */
const queue = "TestQueue";

/** What clients call the queue, by broker. */
const addresses: Readonly<
  Record<BrokerKind, Readonly<Record<WorkloadProtocol, [string, string]>>>
> = {
  rabbitmq: {
    stomp: [`/amq/queue/${queue}`, `/exchange/${queue}/${queue}`],
    amqp: [`/amq/queue/${queue}`, `/exchange/${queue}/${queue}`],
  },
  activemq: {
    stomp: [`/queue/${queue}`, `/queue/${queue}`],
    amqp: [`queue://${queue}`, `queue://${queue}`],
  },
  artemis: { stomp: [`/queue/${queue}`, `/queue/${queue}`], amqp: [queue, queue] },
};

describe.each(kinds)("D22: a queue of document 001 on %s", (kind) => {
  let stack: TestStack;
  let outputs: QueueOutputs;

  beforeAll(async () => {
    stack = await TestStack.create(`queue${kind}`, (values) => {
      (values["mq:broker"] as Record<string, unknown>).kind = kind;
      Object.assign(values, {
        "mq:queues": { [queue]: {} },
        "mq:users": { dirac: { send: [queue], receive: [queue] } },
        "mq:collectors": {},
        "mq:senders": {},
      });
    });
    await stack.expect(0, "up", "--yes");
    outputs = await stack.outputs<QueueOutputs>();
    const password = outputs.clients.dirac?.password ?? "";
    writeFileSync(join(stack.folder, "password"), password, { mode: 0o600 });
  });

  afterAll(async () => {
    await stack.dispose();
  });

  function session(protocol: WorkloadProtocol): Promise<Session> {
    const { host = "", port = 0 } = outputs.endpoints[protocol] ?? {};
    const passwordFile = join(stack.folder, "password");
    const password = outputs.clients.dirac?.password ?? "";
    return connect({
      broker: { protocol, host, port, vhost: "/", user: "dirac", passwordFile },
      password,
      timeoutMs: 15_000,
      heartbeatMs: 10_000,
    });
  }

  /** Takes messages one at a time, and remembers what those held that it has acknowledged. */
  async function consume(protocol: WorkloadProtocol, into: string[]): Promise<Session> {
    const consumer = await session(protocol);
    await consumer.subscribe({
      source: addresses[kind][protocol][0],
      prefetch: 1,
      maxBytes: 1024,
      spool: () => {
        throw new Error("a message of more than 1024 bytes");
      },
      onDelivery: ({ body, tag }: Delivery) => {
        setTimeout(() => {
          consumer.acknowledge(tag);
          into.push(Buffer.isBuffer(body) ? body.toString() : "");
        }, 20);
      },
    });
    return consumer;
  }

  test.each(protocols)(
    "D13: by %s messages are kept without consumers, and consumers share them",
    async (protocol) => {
      const sent = Array.from({ length: 20 }, (_, index) => `message ${String(index)}`);
      const producer = await session(protocol);
      for (const text of sent) {
        await producer.send(addresses[kind][protocol][1], new Map(), Buffer.from(text));
      }
      await producer.close();

      const received: [string[], string[]] = [[], []];
      const consumers = await Promise.all(received.map((into) => consume(protocol, into)));
      await eventually(() => received.flat().length === sent.length, 60);
      for (const consumer of consumers) await consumer.close();
      expect(received.flat().sort()).toStrictEqual([...sent].sort());
      for (const part of received) expect(part.length).toBeGreaterThan(0);
    },
  );
});
