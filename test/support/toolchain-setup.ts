import { ensureToolchain } from "../../tools/toolchain/toolchain";

/** Has the engine before the first test needs it: a build would be over any test's time. */
export default async function setup(): Promise<void> {
  await ensureToolchain({ plugins: ["random", "rabbitmq", "tls", "kubernetes"] });
}
