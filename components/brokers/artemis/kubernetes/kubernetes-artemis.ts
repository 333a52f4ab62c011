import type * as pulumi from "@pulumi/pulumi";
import { heapBytes } from "../../../config/jvm-memory";
import type { ArtemisPlan } from "../../../config/topology";
import { jmxExporterConfig } from "../../java/jmx-exporter";
import { exporterArgument, exporterFile } from "../../kubernetes/java/exporter";
import {
  JavaBroker,
  type JavaBrokerArgs,
  type JavaCredentials,
} from "../../kubernetes/java/java-broker";
import { brokerListeners } from "../../kubernetes/java/listeners";
import { common, javaPaths } from "../../kubernetes/java/paths";
import type { JavaProcess } from "../../kubernetes/java/pod";
import { podNames } from "../../kubernetes/pod";
import { isBefore } from "../../kubernetes/version";
import { artemisAddresses } from "../addresses";
import { artemisCommand } from "../command";
import { artemisFiles } from "../files";
import { artemisCluster, clusterListener, nodeHost } from "./cluster";

/** Arguments of {@link KubernetesArtemis}. */
export type KubernetesArtemisArgs = JavaBrokerArgs<ArtemisPlan>;

const path = javaPaths("artemis");

/** User and group of Artemis in its official images. */
const user = 1001;

/** Seconds: a node alone writes out what it has, one of a cluster hands all of its messages to another. */
const longestStop = { alone: 300, clustered: 3600 };

/**
 * An Artemis on Kubernetes, or a cluster whose nodes know each other by name. A node of a cluster that stops hands its
 * messages to another one.
 *
 * Works with Artemis 2.40 and newer, of images that have the official one's paths: `apache/activemq-artemis` up to 2.44,
 * `apache/artemis` from 2.50 on.
 */
export class KubernetesArtemis extends JavaBroker<ArtemisPlan> {
  constructor(name: string, args: KubernetesArtemisArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      name,
      args,
      {
        token: "mq:index:ArtemisBroker",
        addresses: artemisAddresses,
        process: artemisProcess(args),
        files: (credentials) => files(args, credentials),
        peers: args.plan.replicas > 1 ? [clusterListener] : [],
        // Artemis reads PEM and a renewed certificate, the agent neither.
        secureMetrics: false,
      },
      opts,
    );
  }
}

function artemisProcess({ plan, scope }: KubernetesArtemisArgs): JavaProcess {
  const clustered = plan.replicas > 1;
  return {
    command: artemisCommand({
      java: "java",
      home: isBefore(plan.version, [2, 50]) ? "/opt/activemq-artemis" : "/opt/artemis",
      etc: path.etc,
      data: path.data,
      tmp: common.scratch,
      heapBytes: heapBytes(plan),
      // Tools that look at several brokers tell them apart by it.
      name: `artemis-${scope.stack}-$(POD_ORDINAL)`,
      ...(clustered && { host: nodeHost("$(POD_NAME)", scope.cluster.namespace) }),
      ...(plan.monitoring && { agent: exporterArgument(path.etc) }),
    }),
    env: [
      ...podNames,
      {
        name: "POD_ORDINAL",
        valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } },
      },
    ],
    user,
    longestStop: clustered ? longestStop.clustered : longestStop.alone,
  };
}

function files(
  { scope, plan, topology }: KubernetesArtemisArgs,
  credentials: JavaCredentials,
): Record<string, string> {
  const { tls } = plan;
  const cluster = artemisCluster(plan, scope.cluster.namespace);
  const texts = artemisFiles(
    {
      queues: topology.queues,
      users: topology.users,
      acl: topology.acl,
      listeners: brokerListeners(plan),
      etc: path.etc,
      data: path.data,
      heapBytes: heapBytes(plan),
      ...(tls && {
        tls: {
          certificate: `${path.tls}/tls.crt`,
          key: `${path.tls}/tls.key`,
          ca: `${path.tls}/ca.crt`,
          clientCertificates: tls.clientCertificates,
        },
      }),
      ...(cluster && { cluster }),
    },
    credentials,
  );
  return { ...texts, ...(plan.monitoring && { [exporterFile]: jmxExporterConfig("artemis") }) };
}
