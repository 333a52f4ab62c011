import { z } from "zod";
import { absolutePath, label, port } from "../names";
import { collectorKeys, senderKeys, stackKeys } from "./common";

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

const collector = z
  .strictObject({
    ...collectorKeys,
    host: label.meta({ description: "The host that it runs on." }),
    port: port.optional().meta({
      description:
        "Loopback port of health and metrics. Default: 9464 and upwards, by the order of names.",
    }),
  })
  .meta({ description: "A collector: drains one queue to disk." });

const sender = z
  .strictObject({
    ...senderKeys,
    hosts: z
      .array(label)
      .min(1, { error: "a sender needs at least one host; name it" })
      .meta({ description: "The hosts that it is installed on." }),
  })
  .meta({ description: "A sender: signs files and puts them into a queue." });

/** A stack file of platform `hosts`, below `config:`, without the `mq:` in front of its keys. */
export const hostsStack = z
  .strictObject({
    platform: z.literal("hosts").meta({ description: "Where things run: hosts are machines." }),
    hosts: z.record(label, host).meta({ description: "The machines, by name." }),
    broker,
    ...stackKeys("classic"),
    collectors: z
      .record(label, collector)
      .default({})
      .meta({ description: "The collectors, by name." }),
    senders: z.record(label, sender).default({}).meta({ description: "The senders, by name." }),
  })
  .meta({ title: "mq stack on hosts" });

/** A stack file of platform `hosts`, defaults filled in; what it says may still not fit together. */
export type HostsStackFile = z.output<typeof hostsStack>;
