import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts } from "../../../tools/lib/ports";
import type { BrokerConnection } from "../../../workloads/shared/config";
import { issueCertificates } from "../../support/certificates";
import { rabbitInstalled } from "../../support/rabbitmq";
import { protocols, startRabbit } from "./brokers";
import { Bench, files } from "./harness";

let bench: Bench;
let port: number;
const certs = mkdtempSync(join(tmpdir(), "mq-certs-"));

beforeAll(() => {
  issueCertificates(certs, "ca", { server: "IP:127.0.0.1", client: "DNS:client" });
  issueCertificates(certs, "other-ca");
  // The broker's user reads them.
  execFileSync("chmod", ["-R", "a+rX", certs]);
});
afterAll(() => {
  rmSync(certs, { recursive: true, force: true });
});

const secured = (user: "sender" | "receiver", ca: string, cert?: string): BrokerConnection => ({
  ...bench.connection(user),
  port,
  tls: {
    caFile: join(certs, `${ca}.pem`),
    ...(cert !== undefined && {
      certFile: join(certs, `${cert}.pem`),
      keyFile: join(certs, `${cert}.key`),
    }),
  },
});

describe.each(protocols)("RabbitMQ by %s", (protocol) => {
  beforeAll(async () => {
    if (!rabbitInstalled) return;
    const [stomp = 0, amqp = 0] = await freePorts("127.0.0.1", 2);
    port = { stomp, amqp }[protocol];
    const conf = [
      `stomp.listeners.ssl.1 = 127.0.0.1:${String(stomp)}`,
      `listeners.ssl.1 = 127.0.0.1:${String(amqp)}`,
      `ssl_options.cacertfile = ${certs}/ca.pem`,
      `ssl_options.certfile = ${certs}/server.pem`,
      `ssl_options.keyfile = ${certs}/server.key`,
      "ssl_options.verify = verify_peer",
      "ssl_options.fail_if_no_peer_cert = true",
    ];
    bench = new Bench(await startRabbit(["q"], { conf }), protocol);
  });
  afterAll(async () => {
    if (rabbitInstalled) await bench.stop();
  });

  test.skipIf(!rabbitInstalled)(
    "F20: with the right CA and a client certificate a file goes through TLS; without them nothing does",
    async () => {
      const inventory = bench.target("q");
      const send = (broker: BrokerConnection) =>
        bench.send(["--name", "a.json", "-"], {
          config: { broker, inventory },
          stdin: Buffer.from("{}"),
        });
      const address = `127.0.0.1:${String(port)}`;

      const collector = await bench.collect({
        queue: "q",
        broker: secured("receiver", "ca", "client"),
      });
      await bench.untilReady(collector);
      expect(await send(secured("sender", "ca", "client"))).toEqual({ code: 0, output: "" });
      await bench.untilDrained("q");
      expect(files(collector.out)).toHaveLength(1);
      expect(await collector.signal("SIGTERM")).toBe(0);

      expect(await send(secured("sender", "other-ca", "client"))).toEqual({
        code: 1,
        output: `mq-send: not sent to ${address}: self-signed certificate in certificate chain\n`,
      });
      const noCertificate = await send(secured("sender", "ca"));
      expect(noCertificate.code).toBe(1);
      expect(noCertificate.output).toMatch(
        /^mq-send: not sent to .*(certificate required|alert|ECONNRESET)/i,
      );
      const plain = await send({ ...bench.connection("sender"), port });
      expect(plain.code).toBe(1);
    },
  );
});
