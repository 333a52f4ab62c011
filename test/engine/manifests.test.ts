import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi, type TestContext } from "vitest";
import { issueCertificates } from "../support/certificates";
import { unexplained } from "../support/checkov-waivers";
import { checkov, kubernetesVersions, validateManifests } from "../support/checkers";
import { leaks, policySelector, problemsOf, selects } from "../support/manifest-rules";
import { filesOf, objectOf, ofKind, podsOf, textsOf, title, toYaml } from "../support/manifests";
import type { Manifest, Pods } from "../support/manifests";
import { pythonWithCheckers, type Python } from "../support/python";
import { givenSecrets, randomNamespaces, randomStack } from "../support/random-stack";
import { render, variants, type Rendered } from "../support/rendered";
import { sampleStack, shuffled, type StackFileValues } from "../support/stack-values";

/** As many random stack files as F32 asks for, always the same ones. */
const random = { numRuns: 50, seed: 32 };

const folder = mkdtempSync(join(tmpdir(), "mq-manifests-"));
const own = {
  certificate: join(folder, "server.pem"),
  privateKey: join(folder, "server.key"),
  ca: join(folder, "ca.pem"),
};
const stacks: Record<string, { values: StackFileValues } & Rendered> = {};
let python: Python | undefined;

async function add(name: string, values: StackFileValues, stack: string): Promise<void> {
  const rendered = await render(values, stack).catch((error: unknown) => {
    throw new Error(`${name}: ${JSON.stringify(values)}`, { cause: error });
  });
  stacks[name] = { values, ...rendered };
}

beforeAll(async () => {
  const names = ["mq-prod", ...randomNamespaces].map((name) => `DNS:rabbitmq.${name}.svc`);
  issueCertificates(folder, "ca", { server: names.join(",") });
  python = await pythonWithCheckers();
  for (const [name, values] of Object.entries(variants(own))) {
    await add(name, values, ["dev", "staging"].includes(name) ? name : "prod");
  }
  for (const [index, values] of fc.sample(randomStack(own), random).entries()) {
    await add(`random-${String(index)}`, values, "random");
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The objects by stack; those of random ones only where they are asked for. */
function manifests({ withRandom }: { withRandom: boolean }): Record<string, readonly Manifest[]> {
  return Object.fromEntries(
    Object.entries(stacks)
      .filter(([name]) => withRandom || !name.startsWith("random-"))
      .map(([name, rendered]) => [name, rendered.manifests]),
  );
}

function of(name: string): readonly Manifest[] {
  const found = stacks[name];
  if (found === undefined) throw new Error(`${name}: no such stack here`);
  return found.manifests;
}

/** What is wrong, by stack; with the stack file of a random one. */
function wrong(rule: (stack: (typeof stacks)[string]) => string[]): string[] {
  return Object.entries(stacks).flatMap(([name, stack]) => {
    const shown = name.startsWith("random-") ? ` of ${JSON.stringify(stack.values)}` : "";
    return rule(stack).map((problem) => `${name}: ${problem}${shown}`);
  });
}

/** The checkers' Python; skips the test where there is none. */
function withPython({ skip }: TestContext): Python {
  if (python === undefined) skip("no Python for the checkers: see above");
  return python as Python;
}

describe("the field's checkers", () => {
  test(`F32: the schemas of Kubernetes ${kubernetesVersions.join(", ")} accept all objects`, async (context) => {
    const found = await validateManifests(withPython(context), manifests({ withRandom: true }));
    expect(found.problems).toStrictEqual([]);
    expect(found.checked).toBeGreaterThan(500);
  });

  test("the schemas accept all but custom resources, which are these", async (context) => {
    const found = await validateManifests(withPython(context), manifests({ withRandom: false }));
    expect(found.notChecked).toStrictEqual([
      "Certificate/rabbitmq-client-kermit-receiver",
      "Certificate/rabbitmq-client-kermit-sender",
      "Certificate/rabbitmq-tls",
      "ServiceMonitor/collectors",
      "ServiceMonitor/rabbitmq",
    ]);
  });

  test("a misspelt key, a wrong type and a kind that is not there are seen", async (context) => {
    const account = objectOf(of("dev"), "ServiceAccount", "rabbitmq");
    const broken = [
      { ...account, automountToken: false },
      { ...account, automountServiceAccountToken: "no" },
      { ...account, kind: "ServiceAcount" },
    ];
    const { problems } = await validateManifests(withPython(context), { broken });
    expect(problems).toHaveLength(broken.length * kubernetesVersions.length);
  });

  test("checkov: nothing failed but what is waived, and nothing is waived in vain", async (context) => {
    const { passed, findings } = await checkov(
      withPython(context),
      manifests({ withRandom: false }),
    );
    expect(unexplained(findings)).toStrictEqual({ findings: [], unused: [] });
    expect(passed).toBeGreaterThan(2000);
  });
});

describe("F32: whatever a valid stack file says", () => {
  test("names, references, selectors, policies, sizes and the restricted profile hold", () => {
    expect(
      wrong(({ values, manifests }) => problemsOf(manifests, { secrets: givenSecrets(values) })),
    ).toStrictEqual([]);
  });

  test("X5: no secret is in clear in a ConfigMap, an annotation, a variable or an argument", () => {
    expect(wrong(({ manifests, secrets }) => leaks(manifests, secrets))).toStrictEqual([]);
  });

  test("the random stack files differ in what they are to differ in", () => {
    const all = Object.entries(stacks).filter(([name]) => name.startsWith("random-"));
    const kinds = new Set(all.flatMap(([, stack]) => stack.manifests.map(({ kind }) => kind)));
    expect(all).toHaveLength(random.numRuns);
    expect([...kinds].sort()).toStrictEqual([
      "Certificate",
      "ConfigMap",
      "DaemonSet",
      "Deployment",
      "Job",
      "Namespace",
      "NetworkPolicy",
      "PersistentVolumeClaim",
      "PodDisruptionBudget",
      "Role",
      "RoleBinding",
      "Secret",
      "Service",
      "ServiceAccount",
      "ServiceMonitor",
      "StatefulSet",
    ]);
  });
});

/** Names and contents of what a pod takes files from. */
function contents(pods: Pods, all: readonly Manifest[]): Manifest[] {
  return filesOf(pods).flatMap(
    ({ kind, name }) => ofKind(all, kind).find(({ metadata }) => metadata.name === name) ?? [],
  );
}

/** Pods of the software of that name. */
function podsNamed(all: readonly Manifest[], software: string): Pods[] {
  return podsOf(all).filter(({ labels }) => labels["app.kubernetes.io/name"] === software);
}

describe("the documents' rows, over whole programs", () => {
  test("K1: one collector for each queue, one pod each; every node sends", () => {
    for (const name of ["dev", "staging", "prod"]) {
      expect(ofKind(of(name), "Deployment").map(({ spec }) => spec)).toMatchObject([
        { replicas: 1, strategy: { type: "Recreate" } },
        { replicas: 1, strategy: { type: "Recreate" } },
      ]);
      expect(ofKind(of(name), "DaemonSet").map(title)).toStrictEqual(["DaemonSet/sender-kermit"]);
    }
  });

  const halves = [
    ["K4: only the receiver has the public key", "mq-sender", "BEGIN PUBLIC KEY"],
    ["K5: only senders have the private key", "mq-collector", "PRIVATE KEY"],
  ] as const;
  test.each(halves)("%s", (_row, software, pem) => {
    expect(
      wrong(({ manifests }) =>
        podsNamed(manifests, software).flatMap((pods) =>
          contents(pods, manifests)
            // A key of TLS is no key to sign with.
            .filter(({ type }) => type !== "kubernetes.io/tls")
            .filter((source) => textsOf(source).some((text) => text.includes(pem)))
            .map((source) => `${title(pods.owner)} has ${title(source)}`),
        ),
      ),
    ).toStrictEqual([]);
  });

  test("K4, K5: where the halves are", () => {
    const having = (pem: string) =>
      of("dev")
        .filter((manifest) => textsOf(manifest).some((text) => text.includes(pem)))
        .map(title);
    expect(having("BEGIN PUBLIC KEY")).toStrictEqual(["Secret/receiver-keys"]);
    expect(having("PRIVATE KEY")).toStrictEqual(["Secret/sender-kermit-keys"]);
  });

  test("K10: amqpqueue.cfg and passwords are in Secrets, and nowhere else", () => {
    expect(
      wrong(({ manifests }) =>
        manifests
          .filter(({ kind, data }) => kind === "ConfigMap" && data !== undefined)
          .flatMap((manifest) =>
            Object.keys(manifest.data ?? {})
              .filter((key) => key === "amqpqueue.cfg" || key === "password")
              .map((key) => `${title(manifest)} has ${key}`),
          ),
      ),
    ).toStrictEqual([]);
    const { stringData } = objectOf(of("dev"), "Secret", "receiver");
    expect(Object.keys(stringData ?? {}).sort()).toStrictEqual(["amqpqueue.cfg", "password"]);
  });

  test("O8: 4369, 25672, 35672-35682, and Artemis' 61618, are for broker pods alone, and not on the client Service", () => {
    expect(
      wrong(({ manifests }) =>
        Object.entries(internals).flatMap(([kind, ports]) =>
          podsNamed(manifests, kind).flatMap((pods) => openInternals(manifests, pods, ports)),
        ),
      ),
    ).toStrictEqual([]);
  });

  test("X11: two stacks on one cluster share no object", () => {
    const places = (name: string) =>
      of(name).map(({ kind, metadata }) =>
        [kind, metadata.namespace ?? "", metadata.name].join("/"),
      );
    const prod = new Set(places("prod"));
    expect(places("dev").filter((place) => prod.has(place))).toStrictEqual([]);
  });
});

interface Rule {
  readonly from?: readonly { readonly podSelector?: { readonly matchLabels?: object } }[];
  readonly ports?: readonly { readonly port: number; readonly endPort?: number }[];
}

/** What nodes say to each other, by the broker's software; a single Artemis says nothing. */
const internals = { rabbitmq: [4369, 25672, 35672, 35682], artemis: [61618] };

/** Where somebody who is no broker pod is let to an internal port. */
function openInternals(
  all: readonly Manifest[],
  broker: Pods,
  internal: readonly number[],
): string[] {
  const name = broker.owner.metadata.name;
  const rules = ofKind(all, "NetworkPolicy")
    .filter((policy) => selects(policySelector(policy), broker.labels))
    .flatMap(({ spec }) => (spec as { ingress?: Rule[] }).ingress ?? []);
  const open = rules.filter(({ ports }) =>
    internal.some(
      (own) => ports?.some(({ port, endPort }) => port <= own && own <= (endPort ?? port)) ?? true,
    ),
  );
  const selector = policySelector(objectOf(all, "NetworkPolicy", name));
  const peers = open.every(
    ({ from }) =>
      from?.length === 1 &&
      JSON.stringify(from) === JSON.stringify([{ podSelector: { matchLabels: selector } }]),
  );
  const { ports } = objectOf(all, "Service", name).spec as { ports: { port: number }[] };
  return [
    ...(open.length <= 1 && peers ? [] : [`NetworkPolicy/${name}: others reach internal ports`]),
    ...(ports.some(({ port }) => internal.includes(port))
      ? [`Service/${name}: has an internal port`]
      : []),
  ];
}

describe("F31: the same stack file, the same objects, byte for byte", () => {
  test.each(["dev", "staging", "prod"])(
    "%s: keys in another order, in another time zone",
    async (name) => {
      const before = toYaml(of(name));
      expect(toYaml((await render(sampleStack(name), name)).manifests)).toBe(before);
      vi.stubEnv("TZ", "Pacific/Kiritimati");
      vi.stubEnv("LANG", "tr_TR.UTF-8");
      vi.stubEnv("LC_ALL", "tr_TR.UTF-8");
      expect(toYaml((await render(shuffled(sampleStack(name)), name)).manifests)).toBe(before);
    },
  );
});
