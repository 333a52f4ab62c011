import { z } from "zod";
import { absolutePath, keyName, label, port, queueName, userName, vhostName } from "./names";

const host = z
  .strictObject({
    connection: z.literal("local", { error: 'a host is reached by connection: "local"' }).meta({
      description: "How the host is reached: local is the machine that `up` runs on.",
    }),
    root: absolutePath.optional().meta({
      description:
        "Folder that stands before every path on this host. Default: /var/lib/mq/<stack> as root, else ~/.local/share/mq/<stack>.",
    }),
    node: absolutePath.optional().meta({
      description: "Node.js 18 or newer for the workloads. Default: the one that runs `up`.",
    }),
  })
  .meta({ description: "A machine." });

const broker = z
  .strictObject({
    kind: z
      .literal("rabbitmq", { error: 'the broker kinds are: "rabbitmq"' })
      .meta({ description: "Which broker software." }),
    host: label.meta({ description: "The host (of mq:hosts) that it runs on." }),
    ports: z
      .strictObject({
        amqp: port.default(5672).meta({ description: "AMQP 0-9-1 and 1.0. Default 5672." }),
        stomp: port.default(61613).meta({ description: "STOMP. Default 61613." }),
        management: port
          .default(15672)
          .meta({ description: "Management HTTP API. Default 15672." }),
        distribution: port
          .default(25672)
          .meta({ description: "Erlang distribution (command line tools). Default 25672." }),
        epmd: port.default(4369).meta({ description: "Erlang port mapper. Default 4369." }),
      })
      .prefault({})
      .meta({ description: "TCP ports, all on the loopback address." }),
  })
  .meta({ description: "The broker." });

const queue = z
  .strictObject({
    vhost: vhostName.default("/").meta({ description: "Virtual host. Default /." }),
    type: z
      .enum(["classic", "quorum"], { error: 'a queue is of type "classic" or "quorum"' })
      .default("classic")
      .meta({
        description: "Queue type; always durable. Default classic. Changing it deletes the queue.",
      }),
  })
  .meta({ description: "A durable queue." });

const grants = (what: string) =>
  z
    .array(queueName)
    .default([])
    .meta({ description: `Queues that the user may ${what}.` });

const user = z
  .strictObject({
    send: grants("send to"),
    receive: grants("receive from"),
    manage: grants("declare, bind and delete"),
    client: z
      .enum(["mq", "kermit"], { error: 'the client software is "mq" or "kermit"' })
      .default("mq")
      .meta({
        description:
          "Which software logs in: mq (default) needs the grants alone; kermit declares its queues and sends through the default exchange, which reaches every queue of the vhost.",
      }),
  })
  .meta({ description: "A broker user, with what it may do." });

const signing = z
  .strictObject({
    name: keyName.default("q").meta({ description: "Base name of the key files. Default q." }),
    bits: z
      .int()
      .min(1024, { error: "an RSA key has 1024 to 8192 bits; choose 3072" })
      .max(8192, { error: "an RSA key has 1024 to 8192 bits; choose 3072" })
      .multipleOf(8, { error: "an RSA key has a multiple of 8 bits; choose 3072" })
      .default(3072)
      .meta({ description: "RSA key size in bits. Default 3072." }),
    allowWeak: z
      .boolean()
      .default(false)
      .meta({ description: "Allow fewer than 2048 bits. Default false." }),
    existing: z
      .strictObject({
        privateKey: z.string().meta({
          description: "PEM (only by `pulumi config set --secret`), or a path on this machine.",
        }),
        publicKey: z.string().meta({ description: "PEM, or a path on this machine." }),
      })
      .optional()
      .meta({ description: "Own keys: nothing is generated." }),
  })
  .meta({ description: "The key pair that senders sign with and receivers verify with." });

const collector = z
  .strictObject({
    queue: queueName.meta({ description: "The queue to drain." }),
    user: userName.meta({ description: "The broker user; needs receive on the queue." }),
    host: label.meta({ description: "The host that it runs on." }),
    dedup: z
      .enum(["perSender", "compat", "none"], {
        error: 'dedup is "perSender", "compat" or "none"',
      })
      .default("perSender")
      .meta({
        description:
          "What a new file replaces: the same name of the same sender (default), of any sender (compat), or nothing.",
      }),
    maxBytes: z
      .int()
      .min(1, { error: "a size limit is at least 1 byte" })
      .max(128 * 1024 * 1024, { error: "a size limit is at most 134217728 bytes" })
      .default(16 * 1024 * 1024)
      .meta({ description: "Largest accepted file in bytes. Default 16777216." }),
    port: port.optional().meta({
      description:
        "Loopback port of health and metrics. Default: 9464 and upwards, by the order of names.",
    }),
  })
  .meta({ description: "A collector: drains one queue to disk." });

const sender = z
  .strictObject({
    user: userName.meta({ description: "The broker user; needs send on both queues." }),
    hosts: z
      .array(label)
      .min(1, { error: "a sender needs at least one host; name it" })
      .meta({ description: "The hosts that it is installed on." }),
    inventoryQueue: queueName
      .default("kermit.inventory")
      .meta({ description: "Queue of `mq-send FILE`. Default kermit.inventory." }),
    logQueue: queueName
      .default("kermit.log")
      .meta({ description: "Queue of `mq-send --log FILE`. Default kermit.log." }),
  })
  .meta({ description: "A sender: signs files and puts them into a queue." });

/** The stack file below `config:`, without the `mq:` in front of its keys. */
export const stackSchema = z
  .strictObject({
    platform: z
      .literal("hosts", { error: 'the platforms are: "hosts"' })
      .meta({ description: "Where things run: hosts are machines." }),
    hosts: z.record(label, host).meta({ description: "The machines, by name." }),
    broker,
    acl: z
      .enum(["least-privilege", "compat"], { error: 'acl is "least-privilege" or "compat"' })
      .default("least-privilege")
      .meta({
        description:
          "least-privilege (default): the grants, and nothing else. compat: the documents' `.*` for every user.",
      }),
    queues: z.record(queueName, queue).meta({ description: "The queues, by name." }),
    users: z.record(userName, user).meta({ description: "The broker users, by name." }),
    passwords: z.record(userName, z.string()).default({}).meta({
      description:
        "Passwords of your own, by user: `pulumi config set --secret --path 'mq:passwords.USER'`. Default: generated.",
    }),
    signing: signing
      .optional()
      .meta({ description: "Needed where there is a sender or a collector." }),
    collectors: z
      .record(label, collector)
      .default({})
      .meta({ description: "The collectors, by name." }),
    senders: z.record(label, sender).default({}).meta({ description: "The senders, by name." }),
  })
  .meta({ title: "mq stack configuration" });

/** A stack file that has the right shape, defaults filled in; what it says may still not fit together. */
export type StackFile = z.output<typeof stackSchema>;
