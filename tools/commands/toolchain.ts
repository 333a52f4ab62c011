import { defineCommand } from "../lib/command";
import { ensureToolchain } from "../toolchain/toolchain";

/** `npm run toolchain`: brings the CLI and plugins, and says where they are. */
export const command = defineCommand({
  help: `usage: npm run toolchain [-- NAME…]

Makes sure that the Pulumi CLI, its language host and the plugins of the providers NAME… are there (default: tls rabbitmq
random), in the versions that package.json pins. What is missing is downloaded from the vendor; where that cannot be
reached it is built from Go modules, which takes about five minutes on two cores, once, and needs Go 1.26 or newer.
Nothing is done where all is there. The other commands do the same on their own.

  PULUMI_HOME      where they are installed; default ~/.pulumi
  XDG_CACHE_HOME   what was built is kept in mq/toolchain below it; default ~/.cache`,
  options: {},
  positionals: [0, Infinity],
  async run(_values, names) {
    const plugins = names.length === 0 ? ["tls", "rabbitmq", "random"] : names;
    const { pulumi, report } = await ensureToolchain({ plugins });
    if (report.length === 0) console.log(`toolchain: all is there; the CLI is ${pulumi}`);
  },
});
