import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { generateKeyPairSync } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rabbitInstalled, type PrivateRabbit } from "../../support/rabbitmq";
import { protocols, startRabbit, type TestBroker } from "./brokers";
import { Bench } from "./harness";

const USAGE =
  "usage: mq-send [--config FILE] ([--log] [--timeout SECONDS] (FILE | --name NAME -) | --wait)\n";

const QUEUES = ["kermit.inventory", "kermit.log", "denied"];
let bench: Bench<TestBroker & { rabbit: PrivateRabbit }>;

/** What a broker says, and by which protocol. */
const words = {
  stomp: {
    refused:
      "access_refused: ACCESS_REFUSED - access to exchange 'amq.fanout' in vhost '/' refused for user 'sender'",
    login: "Bad CONNECT: Access refused for user 'sender'",
  },
  amqp: {
    refused:
      "amqp:unauthorized-access: ACCESS_REFUSED - access to exchange 'amq.fanout' in vhost '/' refused for user 'sender'",
    login: "the broker refuses the user sender or its password",
  },
};

describe.each(protocols)("RabbitMQ by %s", (protocol) => {
  beforeAll(async () => {
    if (rabbitInstalled) bench = new Bench(await startRabbit(QUEUES), protocol);
  });
  afterAll(async () => {
    if (rabbitInstalled) await bench.stop();
  });

  test.skipIf(!rabbitInstalled)("K21: the sender says what is wrong before it sends", async () => {
    const good = bench.write("good.json", "{}");
    expect(await bench.send([])).toEqual({
      code: 2,
      output: `mq-send: Argument required\n${USAGE}`,
    });
    expect(await bench.send(["-"])).toEqual({
      code: 2,
      output: `mq-send: - needs --name NAME\n${USAGE}`,
    });
    expect((await bench.send([good, good])).output).toBe(`mq-send: one FILE at a time\n${USAGE}`);
    expect((await bench.send(["--timeout", "no", good])).output).toBe(
      `mq-send: --timeout must be a number of seconds from 0 to 86400\n${USAGE}`,
    );
    expect(await bench.send([join(bench.home, "absent.json")])).toEqual({
      code: 1,
      output: `mq-send: ${bench.home}/absent.json: no such file\n`,
    });
    mkdirSync(join(bench.home, "folder"));
    expect(await bench.send([join(bench.home, "folder")])).toEqual({
      code: 1,
      output: `mq-send: ${bench.home}/folder: is a directory\n`,
    });
    expect(await bench.send([good], { config: { maxBytes: 1 } })).toEqual({
      code: 1,
      output: `mq-send: ${good}: is larger than 1 bytes (maxBytes)\n`,
    });
    const large = { config: { maxBytes: 1 }, stdin: Buffer.from("{}") };
    expect(await bench.send(["--name", "a", "-"], large)).toEqual({
      code: 1,
      output: "mq-send: standard input: is larger than 1 bytes (maxBytes)\n",
    });
    expect(await bench.send(["--name", "../a", good])).toEqual({
      code: 1,
      output: 'mq-send: file name "../a": has a slash\n',
    });
    const help = await bench.send(["--help"]);
    expect(help.code).toBe(0);
    expect(help.output.startsWith(USAGE)).toBe(true);
  });

  test.skipIf(!rabbitInstalled)("K21: the sender says what is wrong with its key", async () => {
    const good = bench.write("good.json", "{}");
    const withKey = (privateKeyFile: string) => bench.send([good], { config: { privateKeyFile } });
    expect(await withKey("/absent/q-private.pem")).toEqual({
      code: 1,
      output: "mq-send: privateKeyFile /absent/q-private.pem: no such file\n",
    });
    const half = join(bench.keyDir, "q-public.pem");
    expect((await withKey(half)).output).toBe(
      `mq-send: privateKeyFile ${half}: is not a private key in PEM form\n`,
    );
    const { privateKey } = generateKeyPairSync("ed25519");
    const other = bench.write("e.pem", privateKey.export({ type: "pkcs8", format: "pem" }));
    expect((await withKey(other)).output).toBe(
      `mq-send: privateKeyFile ${other}: is not an RSA key\n`,
    );
  });

  test.skipIf(!rabbitInstalled)("K21: exit 0 means that the broker has the message", async () => {
    const good = bench.write("good.json", "{}");
    const address = `127.0.0.1:${String(bench.broker.ports[protocol])}`;
    expect(await bench.send([good])).toEqual({ code: 0, output: "" });
    expect(await bench.send(["--log", good])).toEqual({ code: 0, output: "" });
    expect(await bench.broker.rabbit.depth("kermit.inventory")).toEqual({ ready: 1, unacked: 0 });
    expect(await bench.broker.rabbit.depth("kermit.log")).toEqual({ ready: 1, unacked: 0 });

    const inventory = { queue: "x", destination: "/exchange/amq.fanout/x" };
    expect(await bench.send([good], { config: { inventory } })).toEqual({
      code: 1,
      output: `mq-send: not sent to ${address}: ${words[protocol].refused}\n`,
    });
    const broker = {
      ...bench.connection("sender"),
      passwordFile: bench.write("wrong", "no-secret"),
    };
    const refused = await bench.send([good], { config: { broker } });
    expect(refused).toEqual({
      code: 1,
      output: `mq-send: not sent to ${address}: ${words[protocol].login}\n`,
    });

    // A broker that takes the connection and says nothing.
    const mute = createServer((socket) => socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const { port } = mute.address() as AddressInfo;
    const silent = { config: { broker: { ...bench.connection("sender"), port } } };
    const late = await bench.send(["--timeout", "0.5", good], silent);
    mute.close();
    expect(late.code).toBe(1);
    expect(late.output).toMatch(
      /^mq-send: not sent to 127\.0\.0\.1:\d+: (not confirmed|.* did not answer to the connection) within 0\.5 s\n$/,
    );
  });
});
