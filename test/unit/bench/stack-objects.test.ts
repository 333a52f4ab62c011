import { expect, test } from "vitest";
import { objectsOf } from "../../../tools/bench/stack-objects";

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

test("the objects of a state are as kubectl takes them: secrets in clear, in other namespaces, nothing of Pulumi's", () => {
  const state = {
    deployment: {
      resources: [
        { type: "pulumi:pulumi:Stack" },
        { type: "random:index/randomPassword:RandomPassword", inputs: { length: 40 } },
        {
          type: "kubernetes:core/v1:Namespace",
          inputs: { apiVersion: "v1", kind: "Namespace", metadata: { name: "mq", labels: {} } },
        },
        {
          type: "kubernetes:core/v1:Secret",
          inputs: {
            __defaults: [],
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "login", namespace: "mq" },
            stringData: secret({ password: "x", cfg: secret("y") }),
            list: [{ __defaults: [], of: secret(1) }],
          },
        },
      ],
    },
  };
  expect(objectsOf(state, (namespace) => `${namespace}-k`)).toStrictEqual({
    apiVersion: "v1",
    kind: "List",
    items: [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "mq-k", labels: {} } },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "login", namespace: "mq-k" },
        stringData: { password: "x", cfg: "y" },
        list: [{ of: 1 }],
      },
    ],
  });
});

test("a state without resources has no objects", () => {
  expect(objectsOf({ deployment: {} }, (namespace) => namespace)).toMatchObject({ items: [] });
});
