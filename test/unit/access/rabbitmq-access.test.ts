import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { clientLogins } from "../../../components/access/client-login";
import { ClientPasswords } from "../../../components/access/client-passwords";
import { RabbitMqAccess } from "../../../components/access/rabbitmq-access";
import { find, isSecret, record, reveal, value } from "../../support/mocks";
import { testBroker } from "./broker";

const make = (more: { endpoint?: string; caFile?: string } = {}) =>
  record(() => {
    const topology = {
      vhosts: ["/"],
      queues: [{ name: "kermit.log", vhost: "/", type: "classic" }],
      users: [
        { name: "sender", send: ["kermit.log"], receive: [], manage: [], client: "mq" },
        { name: "own", send: [], receive: [], manage: [], client: "mq" },
      ],
      acl: "least-privilege",
    } as const;
    const own = new Map([["own", pulumi.output("Own-Password-1")]]);
    const passwords = new ClientPasswords("passwords", { users: ["sender", "own"], own });
    new RabbitMqAccess("access", { broker: testBroker(), topology, passwords, ...more });
    return { clients: clientLogins(topology, passwords) };
  });

const providerOf = async (more: { endpoint?: string; caFile?: string } = {}) =>
  find((await make(more)).resources, "pulumi:providers:rabbitmq", "access").inputs;

test("the broker's own endpoint is used where nothing else is said", async () => {
  const { endpoint, username, password, cacertFile } = await providerOf();
  expect([endpoint, username, cacertFile]).toStrictEqual([
    "https://rabbitmq.mq-test.svc:15671",
    "mq-admin",
    undefined,
  ]);
  expect([isSecret(password), reveal(password)]).toStrictEqual([true, "Admin-Password-1"]);
});

test("access by management: the endpoint as `up` sees it, and the CA to trust", async () => {
  const { endpoint, cacertFile } = await providerOf({
    endpoint: "https://broker.example.org",
    caFile: "/etc/pki/ca.pem",
  });
  expect([endpoint, cacertFile]).toStrictEqual(["https://broker.example.org", "/etc/pki/ca.pem"]);
});

test("K9: each user has its password, as a secret, and so have the clients", async () => {
  const { resources, result } = await make();
  const password = (user: string) =>
    find(resources, "rabbitmq:index/user:User", `access-user-${user}`).inputs.password;
  expect([isSecret(password("own")), reveal(password("own"))]).toStrictEqual([
    true,
    "Own-Password-1",
  ]);
  expect(isSecret(password("sender"))).toBe(true);
  const sender = result.clients.get("sender");
  expect([sender?.user, sender?.vhosts]).toStrictEqual(["sender", ["/"]]);
  expect(sender && (await value(sender.password))).toBe(reveal(password("sender")));
});
