import type { ConnectionOptions } from "node:tls";
import { knockAt } from "./knock";

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
  const hears = (answer: Buffer): string =>
    /^\s*(CONNECTED|ERROR)\n/.exec(answer.toString())?.[1] ?? "another protocol";
  return knockAt(port, { says: frame, hears }, tls);
}
