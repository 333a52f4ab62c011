import { defineConfig } from "vitest/config";
import { ClosingLine } from "./test/support/closing-line";

/** One broker, one engine: the tests that start real ones run one file after the other on two cores. */
const real = { testTimeout: 600_000, hookTimeout: 600_000, fileParallelism: false };
const toolchain = "test/support/toolchain-setup.ts";

export default defineConfig({
  test: {
    reporters: ["verbose", new ClosingLine()],
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "engine",
          include: ["test/engine/**/*.test.ts"],
          globalSetup: [toolchain],
          ...real,
        },
      },
      {
        test: {
          name: "live",
          include: ["test/live/**/*.test.ts"],
          globalSetup: [toolchain, "test/support/broker-setup.ts"],
          ...real,
        },
      },
      {
        test: {
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          globalSetup: [toolchain, "test/support/cluster-setup.ts"],
          ...real,
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
