import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import {
  immutableFields,
  type Baseline,
} from "../../../../components/platforms/kubernetes/guard/baseline";
import { refusals } from "../../../../components/platforms/kubernetes/guard/refusals";

const spec = (size = "10Gi", storageClassName?: string) => ({
  podManagementPolicy: "Parallel",
  revisionHistoryLimit: 3,
  selector: { matchLabels: { "app.kubernetes.io/name": "rabbitmq" } },
  serviceName: "rabbitmq-nodes",
  volumeClaimTemplates: [
    {
      metadata: { name: "data" },
      spec: { storageClassName, resources: { requests: { storage: size } } },
    },
  ],
});

const old: Baseline = {
  namespace: "mq-prod",
  broker: {
    kind: "rabbitmq",
    replicas: 3,
    storage: { size: "10Gi", storageClass: "fast" },
    statefulSet: immutableFields(spec()),
  },
  collectors: { log: { size: "5Gi" }, inventory: { size: "1Gi", storageClass: "slow" } },
  allow: [],
};
const broker = (change: Partial<Baseline["broker"]>): Baseline => ({
  ...old,
  broker: { ...old.broker, ...change },
});
const collectors = (change: Baseline["collectors"]): Baseline => ({
  ...old,
  collectors: { ...old.collectors, ...change },
});

describe("F13: a change that would lose data is refused, with the safe route", () => {
  test.each<[string, Baseline, string, string]>([
    [
      "another namespace",
      { ...old, namespace: "mq" },
      "kubernetes.namespace",
      '"mq-prod" to "mq" deletes the namespace "mq-prod" with every volume in it; bring up a second stack and move over: docs/kubernetes.md#rename-a-namespace',
    ],
    [
      "another broker",
      broker({ kind: "artemis" }),
      "broker.kind",
      "rabbitmq to artemis deletes the broker with its queues; bring up a second stack and move over: docs/kubernetes.md#rename-a-namespace",
    ],
    [
      "fewer nodes",
      broker({ replicas: 1 }),
      "broker.replicas",
      "3 to 1 takes nodes away with what is on them; empty them and take them out of the cluster first: docs/kubernetes.md#remove-a-broker-node",
    ],
    [
      "a larger volume of the broker",
      broker({
        storage: { size: "10.5Gi", storageClass: "fast" },
        statefulSet: immutableFields(spec("10.5Gi")),
      }),
      "broker.storage.size",
      "10Gi to 10.5Gi replaces the StatefulSet: all nodes are down at once, and the volumes stay as small as they are; grow the volumes first: docs/kubernetes.md#grow-a-volume",
    ],
    [
      "a smaller volume of the broker",
      broker({ storage: { size: "10G", storageClass: "fast" } }),
      "broker.storage.size",
      "10Gi to 10G: Kubernetes cannot shrink a volume; keep the size, or bring up a second stack and move over: docs/kubernetes.md#rename-a-namespace",
    ],
    [
      "another class of the broker's volume",
      broker({ storage: { size: "10Gi" }, statefulSet: immutableFields(spec("10Gi", "fast")) }),
      "broker.storage.storageClass",
      'class "fast" to the default class replaces the StatefulSet, and the volumes stay in the class they are in; bring up a second stack and move over: docs/kubernetes.md#rename-a-namespace',
    ],
    [
      "a collector that is gone",
      { ...old, collectors: { log: { size: "5Gi" } } },
      "collectors.inventory",
      "the collector is gone, and its volume would go with the files in it; take the files out first: docs/kubernetes.md#remove-a-collector",
    ],
    [
      "a smaller volume of a collector",
      collectors({ log: { size: "5119Mi" } }),
      "collectors.log.storage.size",
      "5Gi to 5119Mi: Kubernetes cannot shrink a volume, and a new one would be empty; keep the size, or add a collector of another name and remove this one: docs/kubernetes.md#remove-a-collector",
    ],
    [
      "another class of a collector's volume",
      collectors({ log: { size: "5Gi", storageClass: "slow" } }),
      "collectors.log.storage.storageClass",
      'the default class to class "slow" deletes the volume with the files in it and makes an empty one; add a collector of another name and remove this one: docs/kubernetes.md#remove-a-collector',
    ],
  ])("%s", (_, next, key, message) => {
    expect(refusals(old, next)).toStrictEqual([{ key, message }]);
  });

  test.each<[string, Record<string, unknown>]>([
    ["podManagementPolicy", { podManagementPolicy: "OrderedReady" }],
    ["revisionHistoryLimit", { revisionHistoryLimit: undefined }],
    ["selector", { selector: { matchLabels: { app: "rabbitmq" } } }],
    ["serviceName", { serviceName: "nodes" }],
    ["volumeClaimTemplates", { volumeClaimTemplates: [] }],
  ])("the StatefulSet's %s", (field, change) => {
    const next = broker({ statefulSet: immutableFields({ ...spec(), ...change }) });
    expect(refusals(old, next)).toStrictEqual([
      {
        key: `broker.statefulSet.${field}`,
        message:
          "it differs, and Kubernetes never changes it: the StatefulSet would be replaced, all nodes down at once; let its pods stand while it is made anew: docs/kubernetes.md#grow-a-volume",
      },
    ]);
  });

  test("a renamed collector, as one that is gone", () => {
    const next = { ...old, collectors: { logs: { size: "5Gi" }, inventory: { size: "1Gi", storageClass: "slow" } } }; // prettier-ignore
    expect(refusals(old, next).map(({ key }) => key)).toStrictEqual(["collectors.log"]);
  });

  test("several at once, each with its own key", () => {
    const next = { ...broker({ replicas: 0, kind: "artemis" }), namespace: "mq", collectors: {} };
    expect(refusals(old, next).map(({ key }) => key)).toStrictEqual([
      "kubernetes.namespace",
      "broker.kind",
      "broker.replicas",
      "collectors.log",
      "collectors.inventory",
    ]);
  });
});

describe("a change that loses nothing passes", () => {
  test.each<[string, Baseline]>([
    ["none", old],
    [
      "the same sizes, written otherwise",
      broker({ storage: { size: "10240Mi", storageClass: "fast" } }),
    ],
    ["more nodes", broker({ replicas: 5 })],
    ["a larger volume of a collector", collectors({ log: { size: "6Gi" } })],
    ["a further collector", collectors({ other: { size: "1Gi" } })],
    ["the list of what is allowed", { ...old, allow: ["broker.replicas"] }],
    [
      "the same StatefulSet with its keys in another order",
      broker({
        statefulSet: JSON.stringify(
          Object.fromEntries(
            Object.entries(JSON.parse(old.broker.statefulSet) as object).reverse(),
          ),
        ),
      }),
    ],
    [
      "what of a StatefulSet can change",
      broker({ statefulSet: immutableFields({ ...spec(), ...{ replicas: 5 } }) }),
    ],
  ])("%s", (_, next) => {
    expect(refusals(old, next)).toStrictEqual([]);
  });
});

test("a StatefulSet that is not known in a preview is a mistake of the program", () => {
  const serviceName = pulumi.output("rabbitmq-nodes");
  expect(() => immutableFields({ ...spec(), serviceName })).toThrow(/could not be cloned/);
});
