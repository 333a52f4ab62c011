import { benchCollector } from "../bench/collector";
import { benchPreview } from "../bench/preview";
import { benchStack } from "../bench/stack";
import { defineCommand, UserError } from "../lib/command";

export const command = defineCommand({
  help: `usage: npm run bench [-- collector | preview | stack] [--rounds N] [--check]

Measures and prints ratios of two things that are run by turns: what the collector's durability costs and what its batches
gain, and what TypeScript costs a preview. What the engine costs on a cluster against kubectl, and what many users of a
broker cost as definitions against a resource each, is measured with \`stack\` alone (npm run bench:stack).

  --rounds N   default: 5, for \`stack\` 3
  --check      exit code 1 where a goal of \`stack\` is missed`,
  options: { rounds: { type: "string" }, check: { type: "boolean", default: false } },
  positionals: [0, 1],
  async run({ rounds, check }, [which = "all"]) {
    const count = (otherwise: number): number => Number(rounds ?? otherwise);
    switch (which) {
      case "stack":
        return !(await benchStack(count(3))) && check ? 1 : 0;
      case "collector":
        await benchCollector(count(5));
        return 0;
      case "preview":
        await benchPreview(count(5));
        return 0;
      case "all":
        await benchCollector(count(5));
        await benchPreview(count(5));
        return 0;
      default:
        throw new UserError(`bench ${which}: say collector, preview or stack`);
    }
  },
});
