import { describe, expect, test } from "vitest";
import { EngineLog } from "../../../../components/platforms/hosts/provider/engine-log";
import { GuardProvider } from "../../../../components/platforms/kubernetes/guard/provider/provider";

const urn = "urn:pulumi:test::mq::guard:index:Baseline::baseline";
const inputs = (replicas = 3, allow: string[] = []) => ({
  namespace: "mq-test",
  broker: { kind: "rabbitmq", replicas, storage: { size: "10Gi" }, statefulSet: "{}" },
  collectors: {},
  allow,
});

/** What a check fails with, and what it tells the user. */
async function checked(olds: object, news: object): Promise<{ reasons: string[]; told: string[] }> {
  const told: string[] = [];
  const info = (message: string): void => void told.push(message);
  const log = { of: () => ({ info }) } as unknown as EngineLog;
  const { failures = [] } = await new GuardProvider(log).check(urn, { ...olds }, { ...news });
  // The engine would print the value of a property.
  expect(failures.every(({ property }) => property === "")).toBe(true);
  return { reasons: failures.map(({ reason }) => reason), told };
}

describe("check", () => {
  test("a stack that is new, or as it was, passes", async () => {
    expect(await checked({}, inputs())).toStrictEqual({ reasons: [], told: [] });
    expect(await checked(inputs(), inputs())).toStrictEqual({ reasons: [], told: [] });
  });

  const refused =
    'mq:broker.replicas: 3 to 1 takes nodes away with what is on them; empty them and take them out of the cluster first: docs/kubernetes.md#remove-a-broker-node. To have it all the same, list "broker.replicas" in mq:kubernetes.allow';

  test("a change that loses data is refused, unless it is listed", async () => {
    expect(await checked(inputs(), inputs(1))).toStrictEqual({ reasons: [refused], told: [] });
    const allowed = inputs(1, ["broker.replicas"]);
    expect(await checked(inputs(), allowed)).toStrictEqual({ reasons: [], told: [] });
  });

  test("another key in the list does not let it pass", async () => {
    const told = [
      "mq:kubernetes.allow: broker.replica: no such change here; remove it from the list",
    ];
    const news = inputs(1, ["broker.replica"]);
    expect(await checked(inputs(), news)).toStrictEqual({ reasons: [refused], told });
  });

  test("a key that is left in the list after the change is said", async () => {
    const news = inputs(1, ["broker.replicas", "kubernetes.namespace"]);
    expect(await checked(inputs(1), news)).toStrictEqual({
      reasons: [],
      told: [
        "mq:kubernetes.allow: broker.replicas, kubernetes.namespace: no such change here; remove it from the list",
      ],
    });
  });

  test("a baseline that cannot be read is not passed over", async () => {
    const olds = { ...inputs(), broker: "rabbitmq" };
    const reason =
      'mq:kubernetes.baseline: another version of this program wrote it, and this one cannot compare; look at the preview for what is replaced or deleted. To have it all the same, list "kubernetes.baseline" in mq:kubernetes.allow';
    expect(await checked(olds, inputs())).toStrictEqual({ reasons: [reason], told: [] });
    const allowed = inputs(3, ["kubernetes.baseline"]);
    expect(await checked(olds, allowed)).toStrictEqual({ reasons: [], told: [] });
  });

  test("a value that is missing is named", async () => {
    const { reasons } = await checked(inputs(), { ...inputs(), namespace: undefined });
    expect(reasons).toStrictEqual([
      "namespace: Invalid input: expected string, received undefined",
    ]);
  });
});

test("diff sees values, not the order of keys", async () => {
  const provider = new GuardProvider(new EngineLog(undefined));
  const reversed = Object.fromEntries(Object.entries(inputs()).reverse());
  expect(await provider.diff("baseline", urn, inputs(), reversed)).toStrictEqual({
    changes: false,
  });
  expect(await provider.diff("baseline", urn, inputs(), inputs(4))).toStrictEqual({
    changes: true,
  });
});
