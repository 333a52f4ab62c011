import { benchCollector } from "../bench/collector";
import { benchPreview } from "../bench/preview";
import { defineCommand } from "../lib/command";

export const command = defineCommand({
  help: `usage: npm run bench [-- collector | preview] [--rounds N]

Measures and prints ratios of two things that are run by turns: what the collector's durability costs and what its batches
gain, and what TypeScript costs a preview.

  --rounds N   default: 5`,
  options: { rounds: { type: "string", default: "5" } },
  positionals: [0, 1],
  async run({ rounds }, [which]) {
    if (which !== "preview") await benchCollector(Number(rounds));
    if (which !== "collector") await benchPreview(Number(rounds));
  },
});
