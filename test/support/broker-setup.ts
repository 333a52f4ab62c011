import { LocalConnection } from "../../components/platforms/hosts/provider/local-connection";
import { packageKind } from "../../components/platforms/hosts/provider/package";
import { findExecutable } from "../../tools/cluster/paths";
import { rabbitInstalled } from "./rabbitmq";

/** What the live tests need of the distribution, and whether it is there. */
const packages: readonly (readonly [name: string, there: () => boolean])[] = [
  ["rabbitmq-server", () => rabbitInstalled],
  // The brokers that run on Java, what they are got by, and what tries their users.
  ["maven", () => findExecutable("mvn") !== undefined],
  ["default-jdk-headless", () => findExecutable("javac") !== undefined],
];

/**
 * Installs what is missing before the first test needs it, where this is root: tests that start a broker of their own are
 * skipped without it, and stacks would install and remove it one after the other.
 */
export default async function setup(): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const say = (line: string): void => {
    console.error(`live tests: ${line}`);
  };
  for (const [name, there] of packages) {
    if (there()) continue;
    await packageKind.create(
      { connection: { kind: "local" }, name, startServices: false },
      {
        connection: new LocalConnection(),
        report: { info: say, progress: say },
        signal: new AbortController().signal,
      },
    );
  }
}
