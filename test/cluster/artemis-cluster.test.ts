import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { haveImages } from "../support/cluster-images";
import { collectedFile, podsOf, sendFile } from "../support/cluster-round-trip";
import { ClusterStack, section } from "../support/cluster-stack";
import { eventually } from "../support/eventually";

const pretending = inject("pretending");
const files = Array.from({ length: 10 }, (_, index) => `waiting-${String(index)}.json`);

describe.skipIf(pretending)("two nodes of Artemis on a cluster", () => {
  let stack: ClusterStack;
  let collectors: unknown;

  beforeAll(async () => {
    await haveImages(["artemis"]);
    stack = ClusterStack.on("staging", "artemis", (values) => {
      Object.assign(section(values, "broker"), { kind: "artemis", replicas: 2 });
      collectors = values["mq:collectors"];
      values["mq:collectors"] = {};
    });
    await stack.expect(0, "up", "--yes");
  });

  afterAll(async () => {
    await stack.dispose();
  });

  test("Q30: each has a name of its own", async () => {
    for (const ordinal of ["0", "1"]) {
      const log = await stack.kubectl("logs", `artemis-${ordinal}`, "--container=artemis");
      expect(log).toContain(`artemis-${stack.workspace.stack}-${ordinal}`);
    }
  });

  test("what one node holds is at the other one once it has stopped, and is collected", async () => {
    for (const name of files) await sendFile(stack, name, Buffer.from(name), false);
    await stack.kubectl("scale", "statefulset", "artemis", "--replicas=1");
    await eventually(async () => (await podsOf(stack, "broker")).length === 1, 180);
    stack.change((values) => {
      section(values, "broker").replicas = 1;
      section(values, "kubernetes").allow = ["broker.replicas"];
      values["mq:collectors"] = collectors;
    });
    await stack.expect(0, "up", "--yes");
    for (const name of files) {
      expect((await collectedFile(stack, name, false)).toString()).toBe(name);
    }
  });
});
