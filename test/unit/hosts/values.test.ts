import { expect, test } from "vitest";
import { secret, unwrap } from "../../../components/platforms/hosts/provider/values";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const outputValue = { "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4" };

test("secrets are taken out of their marks at any depth, and their properties named", () => {
  const { values, secrets, unknowns } = unwrap({
    content: secret("a"),
    environment: { A: secret({ b: [secret(1)] }) },
    path: "/x",
  });
  expect(values).toEqual({ content: "a", environment: { A: { b: [1] } }, path: "/x" });
  expect([...secrets]).toEqual(["content", "environment"]);
  expect([...unknowns]).toEqual([]);
});

test("what is not known yet is left out, with the property that holds it", () => {
  const { values, secrets, unknowns } = unwrap({
    path: unknown,
    command: ["/bin/x", secret(unknown)],
    name: { ...outputValue, secret: true },
    mode: { ...outputValue, value: "0644" },
    __defaults: [],
    owner: null,
  });
  expect(values).toEqual({ mode: "0644" });
  expect([...unknowns]).toEqual(["path", "command", "name"]);
  expect([...secrets]).toEqual(["command", "name"]);
});
