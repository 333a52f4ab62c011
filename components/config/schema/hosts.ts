import { z } from "zod";
import { absolutePath, label, memory, port } from "../names";
import {
  brokerKind,
  collectorKeys,
  extraAuthorizationEntries,
  senderKeys,
  stackKeys,
} from "./common";

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
    java: absolutePath.optional().meta({
      description:
        "Java 17 or newer for ActiveMQ and Artemis. Default: the one on PATH where `up` runs, else the distribution's package.",
    }),
  })
  .meta({ description: "A machine." });

const broker = z
  .strictObject({
    kind: brokerKind,
    host: label.meta({ description: "The host (of mq:hosts) that it runs on." }),
    ports: z
      .strictObject({
        amqp: port
          .default(5672)
          .meta({ description: "AMQP 1.0, and on RabbitMQ 0-9-1 too. Default 5672." }),
        stomp: port.default(61613).meta({ description: "STOMP. Default 61613." }),
        management: port
          .default(15672)
          .meta({ description: "RabbitMQ only: management HTTP API. Default 15672." }),
        distribution: port.default(25672).meta({
          description: "RabbitMQ only: Erlang distribution (command line tools). Default 25672.",
        }),
        epmd: port
          .default(4369)
          .meta({ description: "RabbitMQ only: Erlang port mapper. Default 4369." }),
        openwire: port.optional().meta({
          description:
            "ActiveMQ and Artemis only: OpenWire, and Artemis' own protocol. On ActiveMQ whoever logs in there can delete every queue. Default: closed.",
        }),
      })
      .prefault({})
      .meta({ description: "TCP ports, all on the loopback address." }),
    archive: z
      .strictObject({
        version: z
          .string()
          .regex(/^\d+\.\d+\.\d+$/, {
            error: 'a version here is like "5.18.3"; write it in quotes',
          })
          .optional()
          .meta({ description: "Version. Default: 5.18.3 of ActiveMQ, 2.44.0 of Artemis." }),
        file: absolutePath.optional().meta({
          description:
            "Path, where `up` runs, of the .tar.gz that the project publishes. Default: that which the npm commands fetch.",
        }),
      })
      .optional()
      .meta({ description: "ActiveMQ and Artemis only: the archive that they are unpacked from." }),
    heap: memory.optional().meta({
      description: "ActiveMQ and Artemis only: heap of the Java virtual machine. Default 512Mi.",
    }),
    extraAuthorizationEntries,
    existing: z
      .strictObject({
        config: absolutePath.default("/etc/activemq/activemq.xml").meta({
          description: "Path of its configuration. Default /etc/activemq/activemq.xml.",
        }),
        restart: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).meta({
          description:
            "How it is restarted after a change: a service of systemd, or a program with its arguments that ends when the broker runs again.",
        }),
      })
      .optional()
      .meta({
        description:
          "ActiveMQ only: one that runs there already. Only our grants are added to its configuration; users and queues are its owner's.",
      }),
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
