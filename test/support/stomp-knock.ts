import { connect as connectTcp } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

/** What a STOMP client says of itself; nothing of what is left out. */
export interface StompLogin {
  readonly user?: string;
  readonly password?: string;
}

/**
 * Logs in by STOMP at a port of the loopback address.
 *
 * @param tls - undefined for a plain client.
 * @returns `CONNECTED` or `ERROR`, else why there was no answer by STOMP: the error's code, `closed`, `another protocol`.
 */
export function stompKnock(
  port: number,
  { user, password }: StompLogin,
  tls?: ConnectionOptions,
): Promise<string> {
  const headers = {
    "accept-version": "1.2",
    host: "localhost",
    ...(user !== undefined && { login: user }),
    ...(password !== undefined && { passcode: password }),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const frame = `CONNECT\n${lines.join("")}\n\0`;
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
    socket.once(tls === undefined ? "connect" : "secureConnect", () => socket.write(frame));
    socket.once("data", (data: Buffer) => {
      done(/^\s*(CONNECTED|ERROR)\n/.exec(data.toString())?.[1] ?? "another protocol");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      done(error.code ?? error.message);
    });
    socket.once("close", () => {
      done("closed");
    });
  });
}
