import type { types } from "@pulumi/kubernetes";
import type { KubernetesBrokerPlan } from "../../../config/topology";
import { restrictedContainer, restrictedPod } from "../../../platforms/kubernetes/pod-security";
import { internalPorts, listenersOf, preferredListener, type Protocol } from "./listeners";
import { name } from "./names";
import { path } from "./paths";
import { prepareScript, stopScript } from "./scripts";
import { findsPeersByApi } from "./version";
import { brokerVolumes, type BrokerFiles } from "./volumes";

type Container = types.input.core.v1.Container;

/** User and group of RabbitMQ in its official images. */
const rabbitmqUser = 999;

/** Seven days: the stop script ends the wait, not a clock. */
const longestStop = 604_800;

/** What a node's pod is made of beside the plan. */
export interface BrokerPodArgs extends BrokerFiles {
  readonly plan: KubernetesBrokerPlan;
  /** Labels that select the nodes. */
  readonly nodes: Readonly<Record<string, string>>;
}

/** The pod of one RabbitMQ node. */
export function brokerPod(args: BrokerPodArgs): types.input.core.v1.PodSpec {
  const { plan, nodes } = args;
  return {
    serviceAccountName: name.broker,
    automountServiceAccountToken: findsPeersByApi(plan),
    // RABBITMQ_* are RabbitMQ's own variables, and those of a Service of that name would be among them.
    enableServiceLinks: false,
    securityContext: restrictedPod(rabbitmqUser),
    imagePullSecrets: plan.pullSecrets.map((secret) => ({ name: secret })),
    terminationGracePeriodSeconds: longestStop,
    ...(plan.replicas > 1 && placement(plan, nodes)),
    initContainers: [prepareContainer(plan)],
    containers: [brokerContainer(plan)],
    volumes: brokerVolumes(args),
  };
}

/** Nodes apart from each other: by machine as the plan says, by zone where it can be. */
function placement({ antiAffinity }: KubernetesBrokerPlan, nodes: BrokerPodArgs["nodes"]) {
  const labelSelector = { matchLabels: nodes };
  const term = { labelSelector, topologyKey: "kubernetes.io/hostname" };
  return {
    affinity: {
      podAntiAffinity:
        antiAffinity === "required"
          ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
          : {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 100, podAffinityTerm: term },
              ],
            },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector,
      },
    ],
  };
}

function prepareContainer(plan: KubernetesBrokerPlan): Container {
  const resources = { cpu: "100m", memory: "64Mi", "ephemeral-storage": "16Mi" };
  return {
    name: "prepare",
    ...imageOf(plan),
    command: ["sh", "-c", prepareScript],
    env: podNames,
    securityContext: restrictedContainer,
    resources: { requests: resources, limits: resources },
    volumeMounts: [
      { name: "data", mountPath: path.data },
      { name: "cookie", mountPath: path.cookie, readOnly: true },
    ],
  };
}

function brokerContainer(plan: KubernetesBrokerPlan): Container {
  const probe = { tcpSocket: { port: preferredListener(plan, "amqp").name }, timeoutSeconds: 5 };
  const { requests, limits } = plan.resources;
  return {
    name: "rabbitmq",
    ...imageOf(plan),
    command: ["rabbitmq-server"],
    env: environment(plan),
    securityContext: restrictedContainer,
    resources: {
      requests: { ...requests, "ephemeral-storage": "64Mi" },
      limits: { ...limits, "ephemeral-storage": "1Gi" },
    },
    ports: containerPorts(plan),
    // A node opens its listeners last; a large one, or one that waits for its peers, takes as long as it takes.
    startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 1440 },
    // There is no liveness probe: a node that is restarted for being busy is busier afterwards.
    readinessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
    lifecycle: { preStop: { exec: { command: ["sh", "-c", stopScript(plan)] } } },
    volumeMounts: [
      { name: "data", mountPath: path.data },
      { name: "config", mountPath: path.etc, readOnly: true },
      { name: "scratch", mountPath: path.scratch },
      ...(plan.tls ? [{ name: "tls", mountPath: path.tls, readOnly: true }] : []),
    ],
  };
}

function imageOf({ image, pullPolicy }: KubernetesBrokerPlan) {
  return { image, imagePullPolicy: pullPolicy };
}

/** For use in other variables as `$(POD_NAME)`, and in scripts. */
const podNames: { name: string; valueFrom: types.input.core.v1.EnvVarSource }[] = [
  { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
];

function environment(plan: KubernetesBrokerPlan): types.input.core.v1.EnvVar[] {
  const domain = `.${name.nodes}.$(POD_NAMESPACE).svc`;
  const variables: Record<string, string> = {
    HOME: path.data,
    LANG: "C.UTF-8",
    RABBITMQ_NODENAME: `rabbit@$(POD_NAME)${domain}`,
    RABBITMQ_USE_LONGNAME: "true",
    RABBITMQ_MNESIA_BASE: `${path.data}/mnesia`,
    RABBITMQ_CONFIG_FILES: path.conf,
    RABBITMQ_ENABLED_PLUGINS_FILE: path.plugins,
    RABBITMQ_LOGS: "-",
    ...(findsPeersByApi(plan) && { K8S_SERVICE_NAME: name.nodes, K8S_HOSTNAME_SUFFIX: domain }),
  };
  return [...podNames, ...Object.entries(variables).map(([name, value]) => ({ name, value }))];
}

function containerPorts(plan: KubernetesBrokerPlan): types.input.core.v1.ContainerPort[] {
  const protocols: Protocol[] = ["amqp", "stomp", "management", "prometheus"];
  const { epmd, distribution } = internalPorts;
  return [...protocols.flatMap((protocol) => listenersOf(plan, protocol)), epmd, distribution].map(
    ({ name, port }) => ({ name, containerPort: port }),
  );
}
