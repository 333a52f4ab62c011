import { describe, expect, test } from "vitest";
import { leaks, problemsOf } from "../../support/manifest-rules";
import type { Manifest } from "../../support/manifests";
import { changed, type StackFileValues } from "../../support/stack-values";

const labels = { "app.kubernetes.io/name": "x" };

/** A stack that a cluster takes: one Deployment and what it needs. */
function good(): Record<string, Manifest> {
  const metadata = () => ({ name: "x", namespace: "mq", labels: { ...labels } });
  const container = {
    name: "x",
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
  return {
    deployment: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: metadata(),
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: "x",
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 999,
              seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [container],
            volumes: [
              { name: "a", secret: { secretName: "x", items: [{ key: "password" }] } },
              { name: "b", projected: { sources: [{ configMap: { name: "x" } }] } },
              { name: "c", persistentVolumeClaim: { claimName: "x" } },
            ],
          },
        },
      },
    },
    account: { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata() },
    secret: {
      apiVersion: "v1",
      kind: "Secret",
      metadata: metadata(),
      stringData: { password: "a-password" },
    },
    config: { apiVersion: "v1", kind: "ConfigMap", metadata: metadata(), data: { "x.json": "{}" } },
    claim: { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: metadata() },
    service: {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata(),
      spec: { selector: labels },
    },
    policy: {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: metadata(),
      spec: { podSelector: { matchLabels: labels } },
    },
  };
}

/** The good stack with one value changed, or removed. */
function bad(path: readonly string[], to: unknown): Manifest[] {
  const values = structuredClone(good()) as StackFileValues;
  return Object.values(changed(values, path, to)) as Manifest[];
}

const given = { secrets: [] };
const pod = ["deployment", "spec", "template", "spec"];
const inPod = (...path: string[]) => [...pod, ...path];
const inContainer = (...path: string[]) => [...pod, "containers", "0", "securityContext", ...path];

test("a good stack has no problem", () => {
  expect(problemsOf(Object.values(good()), given)).toStrictEqual([]);
});

describe("a bad stack", () => {
  test.each<[string, readonly string[], unknown, string[]]>([
    [
      "a name in capitals",
      ["claim", "metadata", "name"],
      "X",
      [
        "PersistentVolumeClaim/X: is no DNS label",
        "Deployment/x: names PersistentVolumeClaim/x, which is not there",
      ],
    ],
    [
      "a name that ends with -",
      ["service", "metadata", "name"],
      "x-",
      ["Service/x-: is no DNS label"],
    ],
    [
      "a long label",
      ["account", "metadata", "labels", "a"],
      "l".repeat(64),
      [`ServiceAccount/x: "${"l".repeat(64)}" is no value of a label`],
    ],
    ["another namespace", ["account", "metadata", "namespace"], "default", ["in 2 namespaces"]],
    [
      "no namespace",
      ["account", "metadata", "namespace"],
      undefined,
      ["ServiceAccount/x: in no namespace, or should not be in one"],
    ],
    ["an object twice", ["again"], good().account, ["ServiceAccount/x: is there twice"]],
    [
      "a large Secret",
      ["secret", "stringData", "more"],
      "x".repeat(900 * 1024),
      [`Secret/x: has ${String(900 * 1024 + 22)} bytes`],
    ],
    ["a host's network", inPod("hostNetwork"), true, ["Deployment/x: not restricted: hostNetwork"]],
    [
      "a host's folder",
      inPod("volumes", "3"),
      { name: "d", hostPath: { path: "/" } },
      ["Deployment/x: not restricted: volume d is a hostPath"],
    ],
    [
      "root",
      inPod("securityContext", "runAsUser"),
      0,
      ["Deployment/x: not restricted: container x: runAsUser"],
    ],
    [
      "no seccomp",
      inPod("securityContext", "seccompProfile"),
      undefined,
      ["Deployment/x: not restricted: container x: seccompProfile"],
    ],
    [
      "escalation",
      inContainer("allowPrivilegeEscalation"),
      undefined,
      ["Deployment/x: not restricted: container x: allowPrivilegeEscalation"],
    ],
    [
      "a capability",
      inContainer("capabilities", "add"),
      ["NET_RAW"],
      ["Deployment/x: not restricted: container x: capabilities.add"],
    ],
    [
      "all capabilities",
      inContainer("capabilities", "drop"),
      [],
      ["Deployment/x: not restricted: container x: capabilities.drop"],
    ],
    [
      "an account that is not there",
      inPod("serviceAccountName"),
      "y",
      ["Deployment/x: names ServiceAccount/y, which is not there"],
    ],
    [
      "a key that is not there",
      ["secret", "stringData"],
      { other: "" },
      ["Deployment/x: names Secret/x, password, which is not there"],
    ],
    [
      "a ConfigMap that is not there",
      ["config", "kind"],
      "Secret2",
      ["Deployment/x: names ConfigMap/x, which is not there"],
    ],
    [
      "a pull secret that is not there",
      inPod("imagePullSecrets"),
      [{ name: "pull" }],
      ["Deployment/x: names Secret/pull, which is not there"],
    ],
    [
      "a policy for all pods alone",
      ["policy", "spec", "podSelector"],
      {},
      ["Deployment/x: only default-deny selects its pods"],
    ],
    [
      "a Service of nothing",
      ["service", "spec", "selector"],
      { a: "b" },
      ["Service/x: selects no pod"],
    ],
    [
      "another's pods",
      ["deployment", "spec", "selector", "matchLabels"],
      { a: "b" },
      ["Deployment/x: selects no pod"],
    ],
  ])("%s", (_what, path, to, problems) => {
    expect(problemsOf(bad(path, to), given)).toStrictEqual(problems);
  });
});

describe("X5: a secret in clear is seen", () => {
  test.each<[string, readonly string[], string]>([
    ["in a ConfigMap", ["config", "data", "x.json"], "ConfigMap/x"],
    ["in an annotation", ["service", "metadata", "annotations", "a"], "Service/x"],
    ["in a variable", inPod("containers", "0", "env"), "Deployment/x"],
  ])("%s", (_where, path, title) => {
    expect(leaks(bad(path, "user:a-password@x"), ["a-password"])).toStrictEqual([
      `${title}: has a secret in clear`,
    ]);
  });

  test("and in a Secret it is none", () => {
    expect(leaks(Object.values(good()), ["a-password"])).toStrictEqual([]);
  });

  test("a line of a PEM", () => {
    const pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----\n";
    expect(leaks(bad(["config", "data", "x.json"], "key MIIEvQIBADAN"), [pem])).toHaveLength(1);
  });
});
