import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { clientLogins } from "../../access/client-login";
import { ClientPasswords } from "../../access/client-passwords";
import { serviceNames } from "../../brokers/kubernetes/names";
import { KubernetesWorkloads } from "../../collectors/kubernetes/kubernetes-workloads";
import type { Secrets } from "../../config/load";
import type { ClusterPlan, KubernetesTopology } from "../../config/topology";
import { BrokerCertificates } from "../../keys/broker-certificates";
import type { Platform } from "../platform";
import { baselineOf } from "./baseline";
import { createBroker } from "./broker";
import { deletedWith } from "./deleted-with";
import { Baseline } from "./guard/resources";
import type { Scope } from "./scope";
import { StackNamespace } from "./stack-namespace";

/** What a program says of each topology where it has several. */
export interface KubernetesPlatformOptions {
  /** Stands before the names of its resources. Default: nothing. */
  readonly prefix?: string;
  /** A connection that they share: each is a process. Default: one of the topology's own. */
  readonly provider?: kubernetes.Provider;
}

/**
 * A stack in a namespace of a cluster: the broker as a StatefulSet, workloads as Deployments and DaemonSets.
 */
export function kubernetesPlatform(
  topology: KubernetesTopology,
  secrets: Secrets,
  { prefix = "", provider }: KubernetesPlatformOptions = {},
): Platform {
  const { stack, cluster } = topology;
  const connection = provider ?? clusterProvider(`${prefix}kubernetes`, cluster);
  const guard = new Baseline(`${prefix}baseline`, baselineOf(topology));
  const namespace = new StackNamespace(
    `${prefix}namespace`,
    { stack, cluster },
    { providers: [connection], dependsOn: guard },
  );
  const on: pulumi.ComponentResourceOptions = {
    providers: [connection],
    ...deletedWith(namespace.own),
  };
  const scope: Scope = { stack, cluster, namespace: namespace.name };

  const users = topology.users.map(({ name }) => name);
  const passwords = new ClientPasswords(`${prefix}passwords`, {
    users,
    own: secrets.passwords,
    protect: cluster.protect,
  });
  const certificates = brokerCertificates(`${prefix}tls`, { topology, users, scope, secrets }, on);
  const { broker, access } = createBroker(
    prefix,
    { scope, topology, passwords, ...(certificates && { certificates }) },
    on,
  );
  return {
    broker,
    access,
    clients: clientLogins(topology, passwords),
    workloads: new KubernetesWorkloads({ scope, topology, certificates }, on),
    certExpiry: certificates?.expiry ?? {},
    ...(certificates?.ca && { ca: certificates.ca }),
  };
}

/**
 * The connection to a cluster. The kubeconfig comes from the variable `KUBECONFIG` alone: as an input its content would be
 * in the state, and differ from machine to machine.
 */
export function clusterProvider(
  name: string,
  { context }: Pick<ClusterPlan, "context">,
): kubernetes.Provider {
  return new kubernetes.Provider(name, {
    context,
    // Not given, the SDK would take the variable's path for an input.
    kubeconfig: "",
    enableServerSideApply: true,
    // Edited in place: a replacement would take what mounts them along.
    enableConfigMapMutable: true,
    enableSecretMutable: true,
    // The default, 50 requests a second, is what a large stack would wait for.
    kubeClientSettings: { qps: 500, burst: 1000, timeout: 30 },
  });
}

function brokerCertificates(
  name: string,
  {
    topology: { broker, cluster },
    users,
    scope,
    secrets: { tlsKey },
  }: {
    topology: KubernetesTopology;
    users: readonly string[];
    scope: Scope;
    secrets: Secrets;
  },
  on: pulumi.ComponentResourceOptions,
): BrokerCertificates | undefined {
  const { tls } = broker;
  if (tls === undefined) return undefined;
  return new BrokerCertificates(
    name,
    {
      scope,
      kind: broker.kind,
      tls,
      ...(tlsKey && { key: tlsKey }),
      users,
      names: serviceNames(broker.kind, cluster.namespace),
    },
    on,
  );
}
