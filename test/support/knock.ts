import { connect as connectTcp } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

/** How a client says hello, and what it makes of the first bytes of the answer. */
export interface Hello {
  readonly says: string | Buffer;
  readonly hears: (answer: Buffer) => string;
}

/**
 * Says hello at a port of the loopback address.
 *
 * @param tls - undefined for a plain client.
 * @returns what was heard, else why there was no answer: the error's code, `closed`, or `no answer`.
 */
export function knockAt(
  port: number,
  { says, hears }: Hello,
  tls: ConnectionOptions | undefined,
): Promise<string> {
  return new Promise((resolve) => {
    const socket =
      tls === undefined
        ? connectTcp({ host: "127.0.0.1", port })
        : connectTls({ host: "127.0.0.1", port, ...tls });
    const done = (result: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => {
      done("no answer");
    }, 20_000);
    socket.once(tls === undefined ? "connect" : "secureConnect", () => socket.write(says));
    socket.once("data", (data: Buffer) => {
      done(hears(data));
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      done(error.code ?? error.message);
    });
    socket.once("close", () => {
      done("closed");
    });
  });
}
