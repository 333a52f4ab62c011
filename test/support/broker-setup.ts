import { LocalConnection } from "../../components/platforms/hosts/provider/local-connection";
import { packageKind } from "../../components/platforms/hosts/provider/package";
import { rabbitInstalled } from "./rabbitmq";

/**
 * Installs RabbitMQ before the first test needs it, where it is missing and this is root: tests that start a node of their
 * own are skipped without it, and stacks would install and remove it one after the other.
 */
export default async function setup(): Promise<void> {
  if (rabbitInstalled || process.geteuid?.() !== 0) return;
  const say = (line: string): void => {
    console.error(`live tests: ${line}`);
  };
  await packageKind.create(
    { connection: { kind: "local" }, name: "rabbitmq-server", startServices: false },
    {
      connection: new LocalConnection(),
      report: { info: say, progress: say },
      signal: new AbortController().signal,
    },
  );
}
