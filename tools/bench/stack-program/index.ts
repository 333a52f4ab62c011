import * as pulumi from "@pulumi/pulumi";
import { KermitFleet } from "../../../components/collectors/kermit-fleet";
import { loadTopology } from "../../../components/config/load";
import type { KubernetesTopology } from "../../../components/config/topology";
import {
  clusterProvider,
  kubernetesPlatform,
} from "../../../components/platforms/kubernetes/kubernetes-platform";
import { skipAwait } from "./skip-await";

skipAwait();

const { topology, secrets } = loadTopology();
if (topology.platform !== "kubernetes") throw new Error("the benchmark is of Kubernetes");
const { cluster, stack } = topology;
const provider = clusterProvider("kubernetes", cluster);

/** The stack file's values as many times, each in a namespace of its own. */
const sites = Array.from({ length: new pulumi.Config("bench").requireNumber("sites") }, (_, n) => {
  const site: KubernetesTopology = {
    ...topology,
    stack: `${stack}-${String(n)}`,
    cluster: { ...cluster, namespace: `${cluster.namespace}-${String(n)}` },
  };
  return made(site, `site-${String(n)}-`);
});

function made(site: KubernetesTopology, prefix: string) {
  const platform = kubernetesPlatform(site, secrets, { prefix, provider });
  const { broker, access, clients, workloads } = platform;
  const fleet = new KermitFleet(
    `${prefix}kermit`,
    { topology: site, broker, clients, privateKey: secrets.privateKey, workloads },
    { dependsOn: access },
  );
  return {
    endpoints: broker.endpoints,
    collectors: fleet.collectors,
    senders: fleet.senders,
    clients: pulumi.secret(Object.fromEntries(clients)),
    tls: { ca: platform.ca },
    certExpiry: platform.certExpiry,
  };
}

/** What the program of the checkout has as outputs, of each site. */
export const outputs = sites;
