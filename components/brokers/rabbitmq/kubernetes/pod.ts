import type { types } from "@pulumi/kubernetes";
import type { RabbitMqPlan } from "../../../config/topology";
import { restrictedContainer } from "../../../platforms/kubernetes/pod-security";
import {
  imageOf,
  littleResources,
  nodePod,
  nodeProbes,
  nodeResources,
  podNames,
} from "../../kubernetes/pod";
import { dataVolume } from "../../kubernetes/stateful-set";
import { internalPorts, listenersOf, preferredListener, protocols } from "./listeners";
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
  readonly plan: RabbitMqPlan;
  /** Labels that select the nodes. */
  readonly nodes: Readonly<Record<string, string>>;
}

/** The pod of one RabbitMQ node. */
export function brokerPod(args: BrokerPodArgs): types.input.core.v1.PodSpec {
  const { plan, nodes } = args;
  return nodePod(
    plan,
    { nodes, user: rabbitmqUser, token: findsPeersByApi(plan), longestStop },
    {
      initContainers: [prepareContainer(plan)],
      containers: [brokerContainer(plan)],
      volumes: brokerVolumes(args),
    },
  );
}

function prepareContainer(plan: RabbitMqPlan): Container {
  return {
    name: "prepare",
    ...imageOf(plan),
    command: ["sh", "-c", prepareScript],
    env: podNames,
    securityContext: restrictedContainer,
    resources: littleResources(),
    volumeMounts: [
      { name: dataVolume, mountPath: path.data },
      { name: "cookie", mountPath: path.cookie, readOnly: true },
    ],
  };
}

function brokerContainer(plan: RabbitMqPlan): Container {
  return {
    name: "rabbitmq",
    ...imageOf(plan),
    command: ["rabbitmq-server"],
    env: environment(plan),
    securityContext: restrictedContainer,
    resources: nodeResources(plan),
    ports: containerPorts(plan),
    ...nodeProbes({ tcpSocket: { port: preferredListener(plan, "amqp").name } }),
    lifecycle: { preStop: { exec: { command: ["sh", "-c", stopScript(plan)] } } },
    volumeMounts: [
      { name: dataVolume, mountPath: path.data },
      { name: "config", mountPath: path.etc, readOnly: true },
      { name: "scratch", mountPath: path.scratch },
      ...(plan.tls ? [{ name: "tls", mountPath: path.tls, readOnly: true }] : []),
    ],
  };
}

function environment(plan: RabbitMqPlan): types.input.core.v1.EnvVar[] {
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

function containerPorts(plan: RabbitMqPlan): types.input.core.v1.ContainerPort[] {
  const { epmd, distribution } = internalPorts;
  return [...listenersOf(plan, ...protocols), epmd, distribution].map(({ name, port }) => ({
    name,
    containerPort: port,
  }));
}
