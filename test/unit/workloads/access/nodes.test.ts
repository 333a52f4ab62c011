import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Management, RefusedError } from "../../../../workloads/access/management";
import { waitForNodes } from "../../../../workloads/access/nodes";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Answer {
  status?: number;
  body: unknown;
}

/** A broker that gives these answers, one after the other, and the last one again and again. */
async function brokerThatAnswers(...answers: Answer[]) {
  const requests: string[] = [];
  server = createServer((request, response) => {
    requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    const { status = 200, body } = answers[Math.min(requests.length, answers.length) - 1] ?? {
      body: undefined,
    };
    request.resume();
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${String(port)}`;
  return { broker: new Management({ url, user: "u", password: "Secret-Password" }), requests };
}

const nodes = (...running: boolean[]): Answer => ({
  body: running.map((each, index) => ({ name: `rabbit@${String(index)}`, running: each })),
});

test("waits until all nodes run, and says what it sees when that changes", async () => {
  const { broker, requests } = await brokerThatAnswers(
    { status: 401, body: { error: "not_authorised", reason: "Login failed" } },
    nodes(true),
    nodes(true),
    nodes(true, false),
    nodes(true, true, false),
    nodes(true, true, true),
  );
  const said: string[] = [];
  await waitForNodes(broker, { nodes: 3, timeoutSeconds: 60 }, (level, text) => {
    said.push(`${level} ${text}`);
  });
  expect(said).toStrictEqual([
    "info waiting for the broker: GET /api/nodes: 401 Login failed",
    "info waiting for the broker: 1 of 3 nodes run as one cluster",
    "info waiting for the broker: 2 of 3 nodes run as one cluster",
  ]);
  expect(requests).toStrictEqual(Array<string>(6).fill("GET /api/nodes?columns=name,running"));
});

test("gives up with what it saw last", async () => {
  const { broker } = await brokerThatAnswers(nodes(true, false));
  await expect(
    waitForNodes(broker, { nodes: 2, timeoutSeconds: 1 }, () => undefined),
  ).rejects.toThrow(
    /^the broker was not ready within 1 s: 1 of 2 nodes run as one cluster; look at its pods and their logs, then apply again$/,
  );
});

test("names are parts of a path, whatever is in them", async () => {
  const { broker, requests } = await brokerThatAnswers({ body: {} });
  await broker.delete(["queues", "/", "a/b?c#d"]);
  expect(requests).toStrictEqual(["DELETE /api/queues/%2F/a%2Fb%3Fc%23d"]);
});

test("what is not there is nothing, and may be deleted", async () => {
  const { broker } = await brokerThatAnswers({ status: 404, body: { reason: "Not Found" } });
  expect(await broker.get(["users", "a"])).toBe(undefined);
  await broker.delete(["users", "a"]);
});

test("X5: a refusal says the broker's words, and never lists of numbers nor the password", async () => {
  const reason = ["invalid_regexp", [94, 40], ["at\nline", 2]];
  const { broker } = await brokerThatAnswers({ status: 400, body: { reason } });
  const refused = broker.post(["definitions"], "{}");
  await expect(refused).rejects.toThrow(RefusedError);
  await expect(refused).rejects.toThrow(/^POST \/api\/definitions: 400 invalid_regexp at line$/);
});

test("an answer that is no JSON is a refusal too", async () => {
  server = createServer((_request, response) => {
    response.writeHead(502).end("<html>Bad Gateway</html>");
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const broker = new Management({
    url: `http://127.0.0.1:${String(port)}`,
    user: "u",
    password: "p",
  });
  await expect(broker.get(["nodes"])).rejects.toThrow(/^GET \/api\/nodes: 502$/);
});
