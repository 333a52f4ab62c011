import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { everyBroker } from "./brokers";
import { Bench, until } from "./harness";
import { count, expectAll, numbered } from "./messages";

let bench: Bench;

describe.each(everyBroker)("$broker by $protocol", ({ available, start, protocol }) => {
  beforeAll(async () => {
    if (available) bench = new Bench(await start(["broker"]), protocol);
  });
  afterAll(async () => {
    if (available) await bench.stop();
  });

  test.skipIf(!available)(
    "F22: a broker killed while it is drained, and started again, costs no message",
    async () => {
      const total = 4000;
      await bench.publish("broker", numbered(0, total));
      const collector = await bench.collect({ queue: "broker" });
      await until("some files", () => count(collector.out) > 100);
      await bench.broker.kill();
      await collector.prints(/next attempt in/);
      const printed = collector.output.length;
      expect(count(collector.out)).toBeLessThan(total);
      await bench.untilNotReady(collector, /not subscribed/);
      await bench.broker.startAgain();
      // A broker that has not read its journal yet has no messages.
      await until("all files", () => count(collector.out) === total);
      await bench.untilDrained("broker");
      expectAll(collector.out, total);
      await bench.untilReady(collector);
      expect(collector.output.slice(printed).match(/subscribed to/g)).toHaveLength(1);
      expect(await collector.signal("SIGTERM")).toBe(0);
    },
  );
});
