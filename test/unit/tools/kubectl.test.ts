import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type {
  KubernetesCollectorOutput,
  KubernetesSenderOutput,
} from "../../../components/collectors/fleet-workloads";
import { runCollectorPod } from "../../../tools/lib/collector-pod";
import { UserError } from "../../../tools/lib/command";
import { sendFile } from "../../../tools/lib/send";

const place = { on: "kubernetes", context: "kind-mq", namespace: "mq-dev" } as const;
const collector: KubernetesCollectorOutput = {
  ...place,
  queue: "kermit.log",
  directory: "/var/lib/kermit/queue/kermit.log",
  deployment: "collector-log",
};
const sender: KubernetesSenderOutput = {
  ...place,
  secret: "sender-kermit",
  daemonSet: "sender-kermit",
};
const labels = { "app.kubernetes.io/name": "mq-collector" };
const deployment = {
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { volumes: [], containers: [{ name: "collector", args: ["--config", "c.json"] }] },
    },
  },
};

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mq-kubectl-"));
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A `kubectl` that notes its arguments and standard input, and does what a shell script says. */
function kubectl(script = ""): void {
  const path = join(folder, "kubectl");
  const lines = [
    "#!/bin/sh",
    `printf '%s\\n' "$*" >> '${folder}/calls'`,
    `case "$*" in *" create "*|*" exec "*) cat > '${folder}/stdin';; esac`,
    `case "$*" in *" get deployment "*) echo '${JSON.stringify(deployment)}';; esac`,
    script,
  ];
  writeFileSync(path, lines.join("\n"));
  chmodSync(path, 0o700);
  vi.stubEnv("KUBECTL", path);
}

const calls = () =>
  readFileSync(join(folder, "calls"), "utf8")
    .trimEnd()
    .split("\n")
    .map((call) => call.replace("--context kind-mq --namespace mq-dev ", ""));
const stdin = () => readFileSync(join(folder, "stdin"), "utf8");

const pod = "collector-log-foreground";
const stopped = [
  "get deployment collector-log --output=json",
  "scale deployment/collector-log --replicas=0",
  "wait --for=delete pod --selector=app.kubernetes.io/name=mq-collector --timeout=180s",
  `delete pod ${pod} --ignore-not-found --timeout=180s`,
];
const startedAgain = [
  `delete pod ${pod} --ignore-not-found --timeout=180s`,
  "scale deployment/collector-log --replicas=1",
];
const shown = [
  "create --filename -",
  `wait --for=jsonpath={.status.phase}=Running pod/${pod} --timeout=180s`,
  `logs --follow pod/${pod}`,
];

test("K26: a pod like the collector's prints paths in its place; then the collector is back", async () => {
  kubectl('case "$*" in *" logs "*) exec sleep 60;; esac');
  const ended = runCollectorPod(collector);
  await vi.waitFor(
    () => {
      expect(calls()).toContain(shown[2]);
    },
    { timeout: 30_000 },
  );
  process.emit("SIGINT");
  expect(await ended).toBe(0);
  expect(calls()).toStrictEqual([...stopped, ...shown, ...startedAgain]);
  expect(JSON.parse(stdin())).toStrictEqual({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: pod, labels },
    spec: {
      volumes: [],
      restartPolicy: "Never",
      containers: [{ name: "collector", args: ["--config", "c.json", "--print-paths"] }],
    },
  });
});

test("K26: a pod that ends by itself is a failure", async () => {
  kubectl();
  expect(await runCollectorPod(collector)).toBe(1);
  expect(calls().slice(-2)).toStrictEqual(startedAgain);
});

test.each([
  [" create ", "create --filename", 5],
  [" wait --for=jsonpath", "wait --for=jsonpath={.status.phase}=Running", 6],
])("K26: after an error of%s the collector is back all the same", async (failing, said, after) => {
  kubectl(`case "$*" in *"${failing}"*) echo 'Error: no' >&2; exit 1;; esac`);
  await expect(runCollectorPod(collector)).rejects.toThrow(
    new UserError(`kubectl ${said} in namespace mq-dev of kind-mq: Error: no`),
  );
  expect(calls()).toStrictEqual([...stopped, ...shown].slice(0, after).concat(startedAgain));
});

test("K26: where the collector is not there, nothing is stopped", async () => {
  kubectl("echo 'Error: not found' >&2; exit 1");
  await expect(runCollectorPod(collector)).rejects.toThrow(
    "kubectl get deployment in namespace mq-dev of kind-mq: Error: not found",
  );
  expect(calls()).toStrictEqual(stopped.slice(0, 1));
});

test.each([
  [false, "exec --stdin daemonset/sender-kermit -- mq-send --name a.json -"],
  [true, "exec --stdin daemonset/sender-kermit -- mq-send --log --name a.json -"],
])(
  "K21: a file goes to a sender's pod, and its exit code comes back (log: %s)",
  async (log, call) => {
    kubectl("exit 1");
    const file = join(folder, "a.json");
    writeFileSync(file, "content");
    expect(
      await sendFile({ own: [{ ...place, secret: "s" }], kermit: [sender] }, file, { log }),
    ).toBe(1);
    expect([calls(), stdin()]).toStrictEqual([[call], "content"]);
  },
);

test("senders without pods cannot send from here", async () => {
  await expect(
    sendFile({ own: [{ ...place, secret: "s" }] }, "a.json", { log: false }),
  ).rejects.toThrow(
    "the stack's senders are Secrets for pods of your own (as: secret); send from one of those, or declare one with as: daemonset",
  );
});

test("where there is no kubectl, both say so", async () => {
  vi.stubEnv("KUBECTL", join(folder, "absent"));
  const file = join(folder, "a.json");
  writeFileSync(file, "");
  const message = `${folder}/absent: no such command; install kubectl, or name its path in KUBECTL`;
  await expect(sendFile({ kermit: [sender] }, file, { log: false })).rejects.toThrow(message);
  await expect(runCollectorPod(collector)).rejects.toThrow(message);
});
