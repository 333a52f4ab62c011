import { UserError } from "./command";
import type { Engine } from "./engine";

/** The components that brokers on hosts are, and their kinds. */
const components: Readonly<Record<string, string>> = {
  "mq:index:RabbitMqBroker": "rabbitmq",
  "mq:index:HostsActiveMq": "activemq",
  "mq:index:HostsArtemis": "artemis",
};

/** What `pulumi stack export` prints, as far as it is read. */
interface Export {
  readonly deployment?: { readonly resources?: readonly { readonly type: string }[] };
}

/** The kind of broker that a stack of hosts was brought up with; undefined where there is none. */
export async function runningBroker(engine: Engine): Promise<string | undefined> {
  const { code, stdout, stderr } = await engine.capture("stack", "export");
  if (code !== 0) throw new UserError(stderr.trim());
  const { deployment } = JSON.parse(stdout) as Export;
  return deployment?.resources
    ?.map(({ type }) => components[type])
    .find((kind) => kind !== undefined);
}
