import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";

/** How long the broker may be silent within one request, in milliseconds: an import of thousands of queues takes its time. */
const SILENCE_MS = 300_000;

/** How the management API is reached. */
export interface ManagementOptions {
  /** Scheme, host and port. */
  url: string;
  caFile?: string;
  user: string;
  password: string;
}

/** A request that the broker refused. The message names the request and the broker's reason; never what was sent. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    request: string,
    /** In the broker's words. */
    readonly reason: unknown,
  ) {
    super(`${request}: ${String(status)} ${words(reason)}`.trim());
  }
}

/**
 * The management API of a RabbitMQ.
 *
 * @see https://www.rabbitmq.com/docs/http-api-reference
 */
export class Management {
  private readonly agent: http.Agent;
  private readonly authorization: string;

  constructor(private readonly options: ManagementOptions) {
    const { url, caFile, user, password } = options;
    const keepAlive = { keepAlive: true, maxSockets: 1 };
    this.agent = url.startsWith("https:")
      ? new https.Agent({ ...keepAlive, ...(caFile !== undefined && { ca: readFileSync(caFile) }) })
      : new http.Agent(keepAlive);
    this.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  }

  /** The answer to a GET; undefined where there is no such thing. */
  async get(path: readonly string[], query = ""): Promise<unknown> {
    return this.unlessMissing("GET", path, undefined, query);
  }

  async put(path: readonly string[], body: unknown): Promise<void> {
    await this.request("PUT", path, JSON.stringify(body));
  }

  /** @param body - JSON. */
  async post(path: readonly string[], body: string): Promise<void> {
    await this.request("POST", path, body);
  }

  /** Deletes what may be gone already. */
  async delete(path: readonly string[]): Promise<void> {
    await this.unlessMissing("DELETE", path);
  }

  private async unlessMissing(
    method: string,
    path: readonly string[],
    body?: string,
    query?: string,
  ): Promise<unknown> {
    try {
      return await this.request(method, path, body, query);
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404) return undefined;
      throw error;
    }
  }

  private async request(
    method: string,
    path: readonly string[],
    body = "",
    query = "",
  ): Promise<unknown> {
    const pathname = `/api/${path.map(encodeURIComponent).join("/")}`;
    const { status, text } = await this.exchange(method, `${pathname}${query}`, body);
    const ok = status >= 200 && status < 300;
    const json = parse(text);
    if (!ok) {
      const { reason } = (json ?? {}) as { reason?: unknown };
      throw new RefusedError(status, `${method} ${pathname}`, reason);
    }
    return json;
  }

  private exchange(
    method: string,
    path: string,
    body: string,
  ): Promise<{ status: number; text: string }> {
    const { request } = this.options.url.startsWith("https:") ? https : http;
    const headers = {
      authorization: this.authorization,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.options.url}${path}`,
        { method, headers, agent: this.agent },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            resolve({ status: response.statusCode ?? 0, text });
          });
        },
      );
      sent.on("error", reject);
      sent.setTimeout(SILENCE_MS, () => {
        sent.destroy(new Error(`no answer within ${String(SILENCE_MS / 1000)} s`));
      });
      sent.end(body);
    });
  }
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** A reason on one line: its texts alone, as Erlang also gives texts as lists of numbers. */
function words(reason: unknown): string {
  if (typeof reason === "string") return reason.replace(/[\s\p{Cc}]+/gu, " ").slice(0, 300);
  return Array.isArray(reason) ? reason.map(words).filter(Boolean).join(" ") : "";
}
