import { readFileSync } from "node:fs";
import { request } from "node:https";
import { parse } from "yaml";

/** An answer of the API server. */
export interface ApiAnswer {
  readonly status: number;
  /** The object, or the server's plain words. */
  readonly body: unknown;
}

/** The few requests that bringing a cluster up needs, as the user of one of our kubeconfigs. */
export class Api {
  readonly #server: string;
  readonly #identity: { ca: Buffer; cert: Buffer; key: Buffer };

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(readFileSync(kubeconfig, "utf8")) as {
      clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
      users: [{ user: { "client-certificate-data": string; "client-key-data": string } }];
    };
    const [{ cluster }] = clusters;
    const [{ user }] = users;
    const bytes = (text: string): Buffer => Buffer.from(text, "base64");
    this.#server = cluster.server;
    this.#identity = {
      ca: bytes(cluster["certificate-authority-data"]),
      cert: bytes(user["client-certificate-data"]),
      key: bytes(user["client-key-data"]),
    };
  }

  get(path: string): Promise<ApiAnswer> {
    return this.#request("GET", path);
  }

  post(path: string, object: unknown): Promise<ApiAnswer> {
    return this.#request("POST", path, JSON.stringify(object));
  }

  /** Whether a path can be read: an object is there, a check has passed. No answer is no. */
  async has(path: string): Promise<boolean> {
    try {
      return (await this.get(path)).status === 200;
    } catch {
      return false;
    }
  }

  #request(method: string, path: string, body?: string): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      const options = { method, headers, agent: false, timeout: 5000, ...this.#identity };
      const sent = request(new URL(path, this.#server), options, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => (text += part));
        answer.on("error", reject);
        answer.on("end", () => {
          const json = answer.headers["content-type"]?.startsWith("application/json") === true;
          const content: unknown = json ? JSON.parse(text) : text;
          resolve({ status: answer.statusCode ?? 0, body: content });
        });
      });
      sent.on("error", reject);
      sent.on("timeout", () => sent.destroy(new Error("the API server does not answer")));
      sent.end(body);
    });
  }
}
