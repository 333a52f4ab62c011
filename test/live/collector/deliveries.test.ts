import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rabbitInstalled, type PrivateRabbit } from "../../support/rabbitmq";
import { protocols, startRabbit, type TestBroker } from "./brokers";
import { Bench } from "./harness";
import { expectAll, numbered } from "./messages";

/** What a collector says whose queue is deleted; RabbitMQ 3 only drops an AMQP 1.0 connection. */
const deletion = {
  stomp: [/The server has canceled a subscription/, /NOT_FOUND - no queue 'deleted'/],
  amqp: [/ECONNRESET|closed the connection/, /amqp:not-found: NOT_FOUND - no queue 'deleted'/],
};
let bench: Bench<TestBroker & { rabbit: PrivateRabbit }>;

describe.each(protocols)("RabbitMQ by %s", (protocol) => {
  beforeAll(async () => {
    if (rabbitInstalled) bench = new Bench(await startRabbit(["deleted", "stopped"]), protocol);
  });
  afterAll(async () => {
    if (rabbitInstalled) await bench.stop();
  });

  test.skipIf(!rabbitInstalled)(
    "F25: a queue deleted under the collector is subscribed again when it is back",
    async () => {
      const collector = await bench.collect({ queue: "deleted" });
      await bench.untilReady(collector);
      await bench.broker.rabbit.api("DELETE", "/queues/%2F/deleted");
      for (const words of deletion[protocol]) await collector.prints(words);
      await bench.untilNotReady(collector, /^not subscribed to deleted$/m);
      await bench.broker.rabbit.declare("deleted");
      await bench.untilReady(collector);
      await bench.publish("deleted", numbered(0, 10));
      await bench.untilDrained("deleted");
      expectAll(collector.out, 10);
      expect(await collector.signal("SIGTERM")).toBe(0);
    },
  );

  test.skipIf(!rabbitInstalled)(
    "F26: a collector that stands still holds no more than its prefetch, and goes on",
    async () => {
      const total = 2000;
      const collector = await bench.collect({ queue: "stopped", prefetch: 300 });
      await bench.untilReady(collector);
      collector.child.kill("SIGSTOP");
      await bench.publish("stopped", numbered(0, total));
      await sleep(2000);
      expect(await bench.broker.rabbit.depth("stopped")).toEqual({
        ready: total - 300,
        unacked: 300,
      });
      collector.child.kill("SIGCONT");
      await bench.untilDrained("stopped");
      expectAll(collector.out, total);
      expect(await collector.signal("SIGTERM")).toBe(0);
    },
  );
});
