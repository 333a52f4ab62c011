import { expect, test } from "vitest";
import { ExistingActiveMqAuthorization } from "../../../components/brokers/activemq/hosts/existing-authorization";
import type { HostsTopology, User } from "../../../components/config/topology";
import { find, record } from "../../support/mocks";

const user = (name: string, grants: Partial<User>): User => ({
  name,
  send: [],
  receive: [],
  manage: [],
  client: "mq",
  ...grants,
});

const topology: Pick<HostsTopology, "queues" | "users" | "acl"> = {
  acl: "least-privilege",
  queues: ["kermit.log", "kermit.inventory"].map((name) => ({ name, vhost: "/", type: "classic" })),
  users: [
    user("noc", { receive: ["kermit.log"] }),
    user("kermit-sender", { send: ["kermit.log", "kermit.inventory"] }),
  ],
};

/** What the component registers for an `/etc/activemq/activemq.xml`, where it registers anything. */
async function entriesOf(
  restart: string | readonly string[],
  given: Partial<typeof topology> = {},
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const host = { name: "here", connection: { kind: "local" }, root: "/var/lib/mq/local", node: "/usr/bin/node", superuser: true } as const; // prettier-ignore
  const { resources } = await record(() => {
    new ExistingActiveMqAuthorization("broker", {
      host,
      config: "/etc/activemq/activemq.xml",
      restart,
      topology: { ...topology, ...given },
    });
  });
  const type = "hosts:index:HostAuthorizationEntries";
  if (!resources.some((resource) => resource.type === type)) return undefined;
  return find(resources, type, "broker-authorization").inputs;
}

test("K32: the users' entries alone, nothing that closes the rest and nothing of administrators", async () => {
  expect(await entriesOf("activemq")).toEqual({
    connection: { kind: "local" },
    path: "/etc/activemq/activemq.xml",
    name: "local",
    restart: ["systemctl", "restart", "activemq"],
    entries: [
      { queue: "kermit.inventory", read: "", write: "kermit-sender", admin: "" },
      { queue: "kermit.log", read: "noc", write: "kermit-sender", admin: "" },
      {
        topic: "ActiveMQ.Advisory.>",
        read: "kermit-sender,noc",
        write: "",
        admin: "kermit-sender,noc",
      },
    ],
  });
});

test("K14, K32: acl compat gives the document's two entries", async () => {
  const { entries } =
    (await entriesOf(["/etc/init.d/activemq", "restart"], { acl: "compat" })) ?? {};
  expect(entries).toEqual([
    { queue: ">", read: "admins", write: "admins", admin: "admins" },
    { queue: ">", read: "mcollective", write: "mcollective", admin: "mcollective" },
  ]);
});

test("K32: the command of one's own restarts it; without a grant nothing is touched", async () => {
  const restart = ["/etc/init.d/activemq", "restart"];
  expect((await entriesOf(restart))?.["restart"]).toEqual(restart);
  expect(await entriesOf(restart, { users: [] })).toBeUndefined();
});
