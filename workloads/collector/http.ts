import { createServer, type Server } from "node:http";
import type { Status } from "./status";

/** How long a test write answers for, in milliseconds: readiness may be asked often. */
const PROBE_TTL_MS = 1_000;

/**
 * Serves `/healthz` (the process works), `/readyz` (subscribed, and the disk takes writes) and
 * `/metrics`.
 *
 * @param probe a test write.
 * @throws Error when the address cannot be listened on.
 */
export async function serveHttp(
  address: { host: string; port: number },
  status: Status,
  probe: () => Promise<void>,
): Promise<Server> {
  let probed = { at: -Infinity, problem: Promise.resolve<string | undefined>(undefined) };
  const problem = (): Promise<string | undefined> => {
    if (status.problem !== undefined) return Promise.resolve(status.problem);
    if (performance.now() - probed.at > PROBE_TTL_MS) {
      const result = probe().then(
        () => undefined,
        (error: unknown) => (error as Error).message,
      );
      probed = { at: performance.now(), problem: result };
    }
    return probed.problem;
  };
  const answer = async (path: string): Promise<{ code: number; text: string }> => {
    if (path === "/healthz") return { code: 200, text: "ok\n" };
    if (path === "/readyz") {
      const reason = await problem();
      return reason === undefined
        ? { code: 200, text: "ready\n" }
        : { code: 503, text: `${reason}\n` };
    }
    if (path === "/metrics") {
      return { code: 200, text: status.metrics((await problem()) === undefined) };
    }
    return { code: 404, text: "not found\n" };
  };
  const server = createServer((request, response) => {
    request.resume();
    void answer((request.url ?? "").split("?")[0] ?? "").then(({ code, text }) => {
      response.writeHead(code, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
      response.end(text);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.host, resolve);
  });
  return server;
}
