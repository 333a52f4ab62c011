import type { Endpoint } from "../../components/brokers/broker";
import type { TestStack } from "./stack";

/** The management API of a stack's broker, as its administrator. */
export class Management {
  private constructor(
    private readonly url: string,
    readonly user: string,
    readonly password: string,
  ) {}

  static async of(stack: TestStack): Promise<Management> {
    const { endpoints } = await stack.outputs<{ endpoints: { management: Endpoint } }>();
    const { host, port } = endpoints.management;
    const { stdout } = await stack.expect(0, "stack", "export", "--show-secrets");
    const { deployment } = JSON.parse(stdout) as {
      deployment: { resources: { urn: string; outputs?: { result?: { plaintext: string } } }[] };
    };
    const admin = deployment.resources.find(({ urn }) => urn.endsWith("::broker-admin"));
    const password = JSON.parse(admin?.outputs?.result?.plaintext ?? '""') as string;
    return new Management(`http://${host}:${String(port)}/api`, "mq-admin", password);
  }

  /** The answer to a GET; with a key, only that of it. */
  async get<T>(path: string, key?: string): Promise<T> {
    const response = await this.request(path, this);
    if (!response.ok) throw new Error(`GET ${path}: ${String(response.status)}`);
    const body = (await response.json()) as Record<string, unknown>;
    return (key === undefined ? body : body[key]) as T;
  }

  async delete(path: string): Promise<void> {
    const response = await this.request(path, this, "DELETE");
    if (!response.ok) throw new Error(`DELETE ${path}: ${String(response.status)}`);
  }

  /** Whether the broker knows a user by this password; what the user may do is not asked. */
  async authenticates(login: { user: string; password: string }): Promise<boolean> {
    const response = await this.request("whoami", login);
    const { reason = "" } = (await response.json()) as { reason?: string };
    // A user without a management tag is told so; a wrong password is told something else.
    return response.ok || /not.*management user/i.test(reason);
  }

  private request(
    path: string,
    { user, password }: { user: string; password: string },
    method = "GET",
  ): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    return fetch(`${this.url}/${path}`, { method, headers: { authorization } });
  }
}
