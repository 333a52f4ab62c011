import { test, expect, vi } from "vitest";
import * as pulumi from "@pulumi/pulumi";
import { record } from "../../support/mocks";
import { engineConfig, localStack } from "../../support/stack-values";
test("x", async () => {
  vi.spyOn(process as Required<NodeJS.Process>, "geteuid").mockReturnValue(0);
  const r = await record(() => {pulumi.runtime.setAllConfig(engineConfig(localStack()), []); return import("../../../index");});
  console.log(r.resources.map((x) => `${x.type} ${x.name} <- ${x.parent} dep ${x.dependsOn.join(",")} P ${x.provider} dw ${x.deletedWith} rw ${x.replaceWith} dbr ${x.deleteBeforeReplace}`).join("\n"));
  console.log(JSON.stringify(r.resources.map(x=>[x.name,x.inputs]),(k,v)=> typeof v==="string"&&v.length>600?v.slice(0,600):v,1));
  expect(1).toBe(1);
});
