import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { create_container } from "rhea";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Status } from "../../../workloads/collector/status";
import type { BrokerConnection } from "../../../workloads/shared/config";
import { connect } from "../../../workloads/shared/connect";
import { issueCertificates } from "../../support/certificates";

const folder = mkdtempSync(join(tmpdir(), "mq-tls-"));
const file = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(file(name));

beforeAll(() => {
  issueCertificates(folder, "ca", {
    broker: "DNS:localhost",
    elsewhere: "DNS:elsewhere",
    client: "DNS:client",
  });
  issueCertificates(folder, "other-ca", { stranger: "DNS:stranger" });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

type Protocol = BrokerConnection["protocol"];
type Client = Partial<NonNullable<BrokerConnection["tls"]>> | "plain";
type Listener = TlsOptions & { certificate?: string };

/** What a broker answers on a connection, by protocol: as much as a session needs to begin and to end. */
const answers: Record<Protocol, (socket: TLSSocket) => void> = {
  stomp: (socket) => {
    socket.once("data", () => socket.write("CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0"));
    socket.on("data", (data: Buffer) => {
      const receipt = /receipt:(\S+)/.exec(data.toString())?.[1];
      if (receipt !== undefined) socket.end(`RECEIPT\nreceipt-id:${receipt}\n\n\0`);
    });
  },
  amqp: (socket) => {
    const broker = create_container();
    (broker.sasl_server_mechanisms as { enable_plain(login: () => boolean): void }).enable_plain(
      () => true,
    );
    broker.on("disconnected", () => undefined);
    // The library has it for its own server.
    (broker.create_connection() as unknown as { accept(on: TLSSocket): void }).accept(socket);
  },
};

/**
 * Connects to a broker that asks for a client certificate, and ends the session.
 *
 * @returns when the broker's certificate ends, or why there was no session.
 */
async function sessionBy(
  protocol: Protocol,
  client: Client = {},
  { certificate = "broker", ...options }: Listener = {},
): Promise<number | string | undefined> {
  const server = createServer(
    {
      ca: read("ca.pem"),
      cert: read(`${certificate}.pem`),
      key: read(`${certificate}.key`),
      requestCert: true,
      rejectUnauthorized: true,
      ...options,
    },
    (socket) => {
      socket.on("error", () => undefined);
      answers[protocol](socket);
    },
  );
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const tls = {
    caFile: file("ca.pem"),
    certFile: file("client.pem"),
    keyFile: file("client.key"),
    ...(client !== "plain" && client),
  };
  const user = { vhost: "/", user: "kermit-receiver", passwordFile: "unread" };
  try {
    const connected = await connect({
      broker: {
        protocol,
        host: "localhost",
        port,
        ...user,
        ...(client !== "plain" && { tls }),
      },
      password: "password",
      timeoutMs: 5_000,
      heartbeatMs: 0,
    });
    const { certificateExpiry } = connected;
    await connected.close();
    return certificateExpiry;
  } catch (error) {
    return (error as Error).message;
  } finally {
    server.close();
  }
}

describe.each(["stomp", "amqp"] as const)("by %s", (protocol) => {
  const session = (client?: Client, options?: Listener) => sessionBy(protocol, client, options);

  test("X12: with the right CA, name and certificate there is a session, which knows when the broker's ends", async () => {
    const { validTo } = new X509Certificate(read("broker.pem"));
    expect(await session()).toBe(Date.parse(validTo));
  });

  test("a broker of another CA is refused", async () => {
    expect(await session({ caFile: file("other-ca.pem") })).toBe(
      "self-signed certificate in certificate chain",
    );
  });

  test("a broker of another name is refused", async () => {
    expect(await session({}, { certificate: "elsewhere" })).toBe(
      "Hostname/IP does not match certificate's altnames: Host: localhost. is not in the cert's altnames: DNS:elsewhere",
    );
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "%s: without a certificate of its own, or with a stranger's, the broker refuses it",
    async (version) => {
      const listener = { minVersion: version, maxVersion: version };
      const refused =
        /alert|certificate required|unknown ca|ECONNRESET|closed the connection|disconnected before secure/i;
      const none = {
        certFile: undefined,
        keyFile: undefined,
      } as unknown as BrokerConnection["tls"];
      expect(await session(none, listener)).toMatch(refused);
      const stranger = { certFile: file("stranger.pem"), keyFile: file("stranger.key") };
      expect(await session(stranger, listener)).toMatch(refused);
    },
  );

  test("TLS 1.1 is refused", async () => {
    const old = {
      minVersion: "TLSv1.1",
      maxVersion: "TLSv1.1",
      ciphers: "ALL@SECLEVEL=0",
    } as const;
    expect(await session({}, old)).toMatch(/unsupported protocol|protocol version/);
  });

  test("a client without TLS gets no session", async () => {
    expect(await session("plain")).toMatch(/ECONNRESET|closed the connection/);
  });

  test("a CA file that is not there is named", async () => {
    expect(await session({ caFile: file("absent.pem") })).toContain(file("absent.pem"));
  });
});

test("X12: the metric is there where the broker showed a certificate, and only there", () => {
  const name = "mq_collector_broker_certificate_expiry_timestamp_seconds";
  const status = new Status("kermit.log");
  expect(status.metrics(true)).not.toContain(name);
  status.certificateExpiry = 1_800_000_000_000;
  expect(status.metrics(true).split("\n").slice(-4)).toStrictEqual([
    `# HELP ${name} When the certificate that the broker showed ends.`,
    `# TYPE ${name} gauge`,
    `${name}{queue="kermit.log"} 1800000000`,
    "",
  ]);
});
