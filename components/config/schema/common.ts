import { z } from "zod";
import { keyName, queueName, userName, vhostName } from "../names";

const queue = (type: "classic" | "quorum") =>
  z
    .strictObject({
      vhost: vhostName.default("/").meta({ description: "RabbitMQ's virtual host. Default /." }),
      type: z
        .enum(["classic", "quorum"], { error: 'a queue is of type "classic" or "quorum"' })
        .optional()
        .meta({
          description: `RabbitMQ's queue type; always durable. Default ${type}. Changing it deletes the queue.`,
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

const protocol = z
  .enum(["stomp", "amqp"], { error: 'the protocols are "stomp" and "amqp"' })
  .default("stomp")
  .meta({ description: "What it speaks to the broker: stomp (1.2, default) or amqp (1.0)." });

/** The broker software of a stack. */
export const brokerKind = z
  .enum(["rabbitmq", "activemq", "artemis"], {
    error: 'the broker kinds are: "rabbitmq", "activemq", "artemis"',
  })
  .meta({ description: "Which broker software: RabbitMQ, ActiveMQ Classic or Artemis." });

const groups = z.string().regex(/^[^\p{Cc}]*$/u, { error: "is one line of groups; mend it" });

const destination = z
  .string()
  .regex(/^[^\s\p{Cc}]+$/u, { error: "a destination here is one word, > for all; mend it" });

/** Further entries of ActiveMQ Classic's authorization. */
export const extraAuthorizationEntries = z
  .array(
    z
      .strictObject({
        queue: destination.optional().meta({ description: "A queue; a.> is all below a." }),
        topic: destination.optional().meta({ description: "A topic; a.> is all below a." }),
        read: groups.default("admins").meta({ description: "Groups. Default admins." }),
        write: groups.default("admins").meta({ description: "Groups. Default admins." }),
        admin: groups.default("admins").meta({ description: "Groups. Default admins." }),
      })
      .refine(({ queue, topic }) => (queue === undefined) !== (topic === undefined), {
        error: "an entry is for a queue or for a topic; give one of both",
      }),
  )
  .default([])
  .meta({
    description:
      "ActiveMQ Classic only: further authorizationEntry elements, verbatim. Default none.",
  });

/** Keys of a collector on every platform. */
export const collectorKeys = {
  queue: queueName.meta({ description: "The queue to drain." }),
  user: userName.meta({ description: "The broker user; needs receive on the queue." }),
  protocol,
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
};

/** Keys of a sender on every platform. */
export const senderKeys = {
  user: userName.meta({ description: "The broker user; needs send on both queues." }),
  protocol,
  inventoryQueue: queueName
    .default("kermit.inventory")
    .meta({ description: "Queue of `mq-send FILE`. Default kermit.inventory." }),
  logQueue: queueName
    .default("kermit.log")
    .meta({ description: "Queue of `mq-send --log FILE`. Default kermit.log." }),
};

/** Keys of a stack file on every platform. @param type - the default type of its queues on RabbitMQ. */
export const stackKeys = (type: "classic" | "quorum") => ({
  acl: z
    .enum(["least-privilege", "compat"], { error: 'acl is "least-privilege" or "compat"' })
    .default("least-privilege")
    .meta({
      description:
        "least-privilege (default): the grants, and nothing else. compat: the documents' `.*` for every user.",
    }),
  queues: z.record(queueName, queue(type)).meta({ description: "The queues, by name." }),
  users: z.record(userName, user).meta({ description: "The broker users, by name." }),
  passwords: z.record(userName, z.string()).default({}).meta({
    description:
      "Passwords of your own, by user: `pulumi config set --secret --path 'mq:passwords.USER'`. Default: generated.",
  }),
  signing: signing
    .optional()
    .meta({ description: "Needed where there is a sender or a collector." }),
});
