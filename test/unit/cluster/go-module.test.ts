import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { executableKey, kubernetesVersion } from "../../../tools/cluster/executable";
import { network } from "../../../tools/cluster/network";
import { storageClass } from "../../../tools/cluster/storage";

const source = (file: string): string =>
  readFileSync(join(__dirname, "../../../tools/cluster/go", file), "utf8");

test("the module pins the release of Kubernetes that the executable says it is, in all of its parts", () => {
  const module = source("go.mod");
  expect(module).toContain(`k8s.io/kubernetes v${kubernetesVersion}\n`);
  const staging = [...module.matchAll(/=> k8s\.io\/\S+ (\S+)/g)].map(([, version]) => version);
  expect(new Set(staging)).toStrictEqual(new Set([`v0.${kubernetesVersion.slice(2)}`]));
});

test("volumes are provided for the StorageClass that is made", () => {
  expect(source("local_volumes.go")).toContain(`provisioner = "${storageClass.provisioner}"`);
});

test("pods of a fake node have addresses of pods", () => {
  expect(network.pods).toBe("10.214.0.0/16");
  expect(source("fake_node.go")).toContain('"10.214.%d.%d"');
});

test("the same sources have the same key", () => {
  expect(executableKey()).toMatch(/^[0-9a-f]{16}$/);
  expect(executableKey()).toBe(executableKey());
});
