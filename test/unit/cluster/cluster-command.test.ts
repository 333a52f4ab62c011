import { afterEach, expect, test, vi } from "vitest";
import { command } from "../../../tools/commands/cluster";
import { runCommand } from "../../../tools/lib/command";

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([
  [[], 2, "mq: Argument required"],
  [["restart"], 1, "mq: cluster restart: say up or down"],
  [["up", "--mode", "real"], 1, "mq: --mode real: say one of node, fake, control"],
  [
    ["up", "--brokers", "artemis,kafka"],
    1,
    "mq: --brokers kafka: say some of rabbitmq, activemq, artemis",
  ],
])("cluster %j is refused", async (args, code, message) => {
  const shown = vi.spyOn(console, "error").mockReturnValue(undefined);
  expect(await runCommand(command, args)).toBe(code);
  expect(String(shown.mock.calls[0]?.[0])).toContain(message);
});
