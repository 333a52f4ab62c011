import { connect as connectTls, type ConnectionOptions } from "node:tls";
import type { ClusterStack } from "./cluster-stack";
import { knockAt } from "./knock";

/** What a TLS client shows and trusts. */
export interface TlsIdentity {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** A user's client certificate, and the CA to trust, from the stack's Secrets. */
export async function identityOf(stack: ClusterStack, user: string): Promise<TlsIdentity> {
  const { data } = await stack.get<{ data: Record<string, string> }>(
    "secret",
    `rabbitmq-client-${user}`,
  );
  const text = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString();
  return { ca: text("ca.crt"), cert: text("tls.crt"), key: text("tls.key") };
}

/** The start of AMQP 0-9-1. */
const amqpHeader = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);
/** The broker's first frame: connection.start, method 10 of class 10. */
const isStart = (data: Buffer): boolean =>
  data[0] === 1 && data.readUInt16BE(7) === 10 && data.readUInt16BE(9) === 10;

/**
 * Opens a connection to a port of the loopback address and says hello by AMQP.
 *
 * @param tls - undefined for a plain client.
 * @returns `accepted` when the broker answers by AMQP, else why not: the error's code, or what there was instead.
 */
export function knock(port: number, tls: ConnectionOptions | undefined): Promise<string> {
  const hears = (answer: Buffer): string =>
    answer.length > 10 && isStart(answer) ? "accepted" : "another protocol";
  return knockAt(port, { says: amqpHeader, hears }, tls);
}

/** Whether a port of the loopback address answers by TLS. */
export function answers(port: number, tls: ConnectionOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({ host: "127.0.0.1", port, ...tls });
    const done = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once("secureConnect", () => {
      done(true);
    });
    for (const event of ["error", "close"]) {
      socket.once(event, () => {
        done(false);
      });
    }
  });
}
