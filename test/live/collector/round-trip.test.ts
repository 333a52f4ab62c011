import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { everyBroker } from "./brokers";
import { Bench, files, until } from "./harness";

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

describe.each(everyBroker)("$broker by $protocol", ({ available, start, protocol }) => {
  let bench: Bench;
  beforeAll(async () => {
    if (available) bench = new Bench(await start(["kermit.inventory", "kermit.log"]), protocol);
  });
  afterAll(async () => {
    if (available) await bench.stop();
  });

  test.skipIf(!available)(
    "K27: what mq-send sends is collected byte for byte, from either queue",
    async () => {
      const inventory = await bench.collect({ queue: "kermit.inventory" }, ["--print-paths"]);
      const log = await bench.collect({ queue: "kermit.log" });
      await bench.untilReady(inventory);
      await bench.untilReady(log);
      const bodies = {
        "binary.bin": Buffer.from(Array.from({ length: 1024 }, (_, index) => index % 256)),
        "empty.json": Buffer.alloc(0),
        "inventory.json": randomBytes(200_000),
        "edge.bin": randomBytes(16 * 1024 * 1024),
        " odd: näme\\n😀 ": Buffer.from("odd"),
      };
      for (const [name, body] of Object.entries(bodies)) {
        const file = bench.write(name, body);
        expect(await bench.send([file])).toEqual({ code: 0, output: "" });
        const path = join(inventory.out, `${md5(`node-1\0${name}`)}-${name}`);
        await inventory.prints(new RegExp("collected "));
        await until(path, () =>
          files(inventory.out).includes(path.slice(inventory.out.length + 1)),
        );
        expect(readFileSync(path).equals(body)).toBe(true);
      }
      expect(files(inventory.out)).toHaveLength(Object.keys(bodies).length);
      expect(
        await bench.send(["--log", "--name", "a.log", "-"], { stdin: Buffer.from("line\n") }),
      ).toEqual({
        code: 0,
        output: "",
      });
      await bench.untilDrained("kermit.log");
      expect(files(log.out)).toEqual([`${md5("node-1\0a.log")}-a.log`]);
      expect(await inventory.signal("SIGTERM")).toBe(0);
      expect(await log.signal("SIGINT")).toBe(0);
      await bench.untilDrained("kermit.inventory");
    },
  );
});
