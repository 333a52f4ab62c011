import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { addressesV1 } from "../../../components/brokers/rabbitmq/addresses";
import { Collector } from "../../../components/collectors/hosts/collector";
import { KermitFiles } from "../../../components/collectors/hosts/kermit-files";
import type { Host } from "../../../components/config/topology";
import { find, isSecret, record } from "../../support/mocks";

const host: Host = {
  name: "here",
  connection: { kind: "local" },
  root: "/",
  node: "/usr/bin/node",
  superuser: true,
};
const stomp = { scheme: "stomp", host: "127.0.0.1", port: 61613 };
const broker = { endpoints: { amqp: stomp, stomp }, addresses: addressesV1 };

test("K10: what holds the password is a secret, though the password is handed over in clear", async () => {
  const { resources } = await record(
    () =>
      new KermitFiles("files", {
        host,
        folder: "/etc/kermit",
        owner: {},
        broker,
        user: "kermit-sender",
        password: pulumi.output("Own-Password-1"),
        inventoryQueue: "kermit.inventory",
        logQueue: "kermit.log",
        keyName: "q",
        key: { fileName: "q-public.pem", pem: pulumi.output("public") },
      }),
  );
  const secret = resources
    .filter(({ type, inputs }) => type === "hosts:index:HostFile" && isSecret(inputs.content))
    .map(({ name }) => name);
  expect(secret).toStrictEqual(["files-amqpqueue.cfg", "files-password"]);
});

test("X5: the hash of what a collector reads is a secret, though nothing of it is", async () => {
  const { resources } = await record(
    () =>
      new Collector("collector", {
        host,
        plan: {
          name: "log",
          queue: "kermit.log",
          user: "kermit-receiver",
          protocol: "stomp",
          dedup: "perSender",
          maxBytes: 1,
          port: 9464,
        },
        vhost: "/",
        broker,
        owner: {},
        outputDir: "/var/lib/kermit/queue",
        configFile: "/etc/kermit/collector-log.json",
        program: { path: "/usr/local/lib/mq/collector.js", content: "" },
        keyDir: "/etc/kermit/ssl",
        passwordFile: "/etc/kermit/password",
        secrets: [pulumi.output("Own-Password-1")],
      }),
  );
  const { restartOn } = find(resources, "hosts:index:HostService", "collector").inputs;
  expect(isSecret(restartOn)).toBe(true);
});
