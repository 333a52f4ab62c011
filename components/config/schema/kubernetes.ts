import { z } from "zod";
import {
  contextName,
  image,
  label,
  memory,
  cpu,
  objectName,
  port,
  url,
  absolutePath,
} from "../names";
import {
  brokerKind,
  collectorKeys,
  extraAuthorizationEntries,
  senderKeys,
  stackKeys,
} from "./common";
import { tls } from "./tls";

const cluster = z
  .strictObject({
    context: contextName.meta({
      description:
        "Context of the kubeconfig, which comes from the variable KUBECONFIG and from nowhere else.",
    }),
    namespace: objectName.optional().meta({
      description: "Namespace of all objects. Default: mq-<stack>.",
    }),
    createNamespace: z.boolean().default(true).meta({
      description:
        "False: the namespace is there already, with its Pod Security labels. Default true.",
    }),
    protect: z.boolean().default(false).meta({
      description:
        "Protect what holds data or identity (namespace, volumes, keys, passwords) against deletion. Default false.",
    }),
    allow: z.array(z.string()).default([]).meta({
      description: "Changes that lose data and are meant, by the key that the refusal names.",
    }),
  })
  .meta({ description: "The cluster, and the stack's place in it." });

const storage = (size: string) =>
  z
    .strictObject({
      size: memory.default(size).meta({ description: `Size of the volume. Default ${size}.` }),
      storageClass: objectName
        .optional()
        .meta({ description: "Storage class. Default: the cluster's default class." }),
    })
    .prefault({})
    .meta({ description: "The persistent volume." });

const resources = (defaults: { cpu: string; memory: string }) =>
  z
    .strictObject({
      limits: z
        .strictObject({
          cpu: cpu.default(defaults.cpu).meta({ description: `Default ${defaults.cpu}.` }),
          memory: memory
            .default(defaults.memory)
            .meta({ description: `Default ${defaults.memory}.` }),
        })
        .prefault({})
        .meta({ description: "What a container may use at most." }),
      requests: z
        .strictObject({
          cpu: cpu.optional().meta({ description: "Default: the limit." }),
          memory: memory.optional().meta({ description: "Default: the limit." }),
        })
        .prefault({})
        .meta({ description: "What a container is sure of." }),
    })
    .prefault({})
    .meta({ description: "Processor and memory of each container, as Kubernetes has them." });

const imagePull = {
  pullPolicy: z
    .enum(["Always", "IfNotPresent", "Never"], {
      error: 'a pull policy is "Always", "IfNotPresent" or "Never"',
    })
    .default("IfNotPresent")
    .meta({ description: "When the image is pulled. Default IfNotPresent." }),
  pullSecrets: z
    .array(objectName)
    .default([])
    .meta({ description: "Names of pull secrets in the namespace. Default none." }),
};

const replicas = z
  .int({ error: "replicas are a whole number; write 1, 3 or 5, without quotes" })
  .min(1, { error: "a broker has at least 1 replica; to stop it, destroy the stack", abort: true })
  .max(9, { error: "more than 9 replicas make a quorum slow, not safer; choose 3 or 5" });

const broker = z
  .strictObject({
    kind: brokerKind,
    image: image.optional().meta({
      description:
        "With a tag, a digest, or both. Default rabbitmq:4.3.5-management, apache/activemq-classic:6.1.7, apache/activemq-artemis:2.44.0.",
    }),
    ...imagePull,
    version: z
      .string()
      .regex(/^\d+\.\d+$/, {
        error: 'a version here is major and minor, "4.3"; write it in quotes',
      })
      .optional()
      .meta({ description: "The broker's version, where the image's tag does not say it." }),
    replicas: replicas.default(1).meta({
      description:
        "Nodes of the cluster: 1, 3, 5; of Artemis any number; of ActiveMQ 1. Default 1.",
    }),
    resources: resources({ cpu: "1", memory: "2Gi" }),
    storage: storage("10Gi"),
    plugins: z
      .array(
        z.string().regex(/^[a-z][a-z0-9_]*$/, { error: "a plugin is named like rabbitmq_shovel" }),
      )
      .default([])
      .meta({
        description:
          "RabbitMQ only: plugins beside management, Prometheus, STOMP and peer discovery. Default none.",
      }),
    conf: z
      .record(
        z
          .string()
          .regex(/^[a-z][A-Za-z0-9_.$-]*$/, { error: "is no key of rabbitmq.conf; rename it" }),
        z
          .string()
          .regex(/^[^\r\n]*$/, { error: "a value of rabbitmq.conf is one line; shorten it" }),
      )
      .default({})
      .meta({
        description: "RabbitMQ only: further keys of rabbitmq.conf, as text; they win over ours.",
      }),
    openwire: z.boolean().default(false).meta({
      description:
        "ActiveMQ and Artemis only: open OpenWire, and Artemis' own protocol, to clients. On ActiveMQ whoever logs in there can delete every queue. Default false.",
    }),
    extraAuthorizationEntries,
    antiAffinity: z
      .enum(["required", "preferred"], { error: 'antiAffinity is "required" or "preferred"' })
      .default("required")
      .meta({
        description:
          "Whether nodes of the broker must be on machines of their own. Default required.",
      }),
    clientNamespaces: z.array(objectName).default([]).meta({
      description: "Namespaces beside the stack's own whose pods may connect. Default none.",
    }),
    tls: tls.optional().meta({ description: "TLS. Without it all connections are plain." }),
    monitoring: z
      .strictObject({
        namespace: objectName.meta({ description: "Namespace that Prometheus scrapes from." }),
        serviceMonitor: z.boolean().default(false).meta({
          description: "Make a ServiceMonitor; needs the Prometheus operator. Default false.",
        }),
      })
      .optional()
      .meta({ description: "Who may scrape metrics. Default: nobody." }),
  })
  .meta({ description: "The broker." });

const access = z
  .strictObject({
    via: z
      .enum(["definitions", "management"], { error: 'via is "definitions" or "management"' })
      .default("definitions")
      .meta({
        description:
          "definitions (default): by Secrets and a Job inside the cluster. management: through the management API, reached from where `up` runs.",
      }),
    endpoint: url.optional().meta({ description: "URL of the management API, for management." }),
    caFile: absolutePath.optional().meta({
      description: "Path of the CA's PEM for that URL. Default: the system's CAs.",
    }),
  })
  .prefault({})
  .meta({ description: "RabbitMQ only: how users, queues and permissions get into the broker." });

const workloads = z
  .strictObject({
    image: image
      .default("mq-workloads:0.1.0")
      .meta({ description: "With a tag, a digest, or both. Default mq-workloads:0.1.0." }),
    ...imagePull,
  })
  .prefault({})
  .meta({
    description: "The image of collectors, senders and the access Job; `npm run image` builds it.",
  });

const collector = z
  .strictObject({
    ...collectorKeys,
    port: port
      .default(9464)
      .meta({ description: "Port of health and metrics in the pod. Default 9464." }),
    storage: storage("10Gi"),
    resources: resources({ cpu: "500m", memory: "512Mi" }),
  })
  .meta({ description: "A collector: drains one queue to a volume." });

const sender = z
  .strictObject({
    ...senderKeys,
    as: z
      .enum(["daemonset", "secret"], { error: 'a sender is a "daemonset" or a "secret"' })
      .default("daemonset")
      .meta({
        description:
          "daemonset (default): a pod on every node. secret: only what a pod of your own needs to send.",
      }),
    nodeSelector: z
      .record(z.string(), z.string())
      .default({})
      .meta({ description: "Labels of the nodes of a daemonset. Default: every node." }),
  })
  .meta({ description: "A sender: signs files and puts them into a queue." });

/** A stack file of platform `kubernetes`, below `config:`, without the `mq:` in front of its keys. */
export const kubernetesStack = z
  .strictObject({
    platform: z
      .literal("kubernetes")
      .meta({ description: "Where things run: in a namespace of a Kubernetes cluster." }),
    kubernetes: cluster,
    broker,
    access,
    ...stackKeys("quorum"),
    workloads,
    collectors: z
      .record(label, collector)
      .default({})
      .meta({ description: "The collectors, by name." }),
    senders: z.record(label, sender).default({}).meta({ description: "The senders, by name." }),
  })
  .meta({ title: "mq stack on Kubernetes" });

/** A stack file of platform `kubernetes`, defaults filled in; what it says may still not fit together. */
export type KubernetesStackFile = z.output<typeof kubernetesStack>;
