import { ClientPasswords, derivePassword } from "../../../../../components/access/client-passwords";
import { KubernetesActiveMq } from "../../../../../components/brokers/activemq/kubernetes/kubernetes-activemq";
import { KubernetesArtemis } from "../../../../../components/brokers/artemis/kubernetes/kubernetes-artemis";
import type { JavaBrokerArgs } from "../../../../../components/brokers/kubernetes/java/java-broker";
import type { JavaPlan } from "../../../../../components/brokers/kubernetes/java/pod";
import type {
  ActiveMqPlan,
  ArtemisPlan,
  ImagePlan,
  KubernetesTopology,
} from "../../../../../components/config/topology";
import { queues, users } from "../../../../support/access-cases";
import { manifestsOf, objectOf, type Manifest } from "../../../../support/manifests";
import { generatedPassword, record, type Recording } from "../../../../support/mocks";
import { certificatesFor, scope } from "../plans";

/** The image of the workloads. */
export const workloads: ImagePlan = {
  image: "registry.example.org/mq-workloads:1",
  pullPolicy: "IfNotPresent",
  pullSecrets: ["workloads"],
};

/** Queues and users of the table that every broker is tested with. */
export const topology: Pick<KubernetesTopology, "queues" | "users" | "acl"> = {
  queues,
  users,
  acl: "least-privilege",
};

/** What a plan of any kind has. */
const base = {
  pullPolicy: "IfNotPresent",
  pullSecrets: [],
  replicas: 1,
  resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { cpu: "1", memory: "2Gi" } },
  storage: { size: "10Gi" },
  antiAffinity: "required",
  clientNamespaces: [],
  openwire: false,
} as const;

/** An ActiveMQ as the defaults of a stack file have it. */
export function activeMqPlan(changes: Partial<ActiveMqPlan> = {}): ActiveMqPlan {
  return {
    ...base,
    kind: "activemq",
    image: "apache/activemq-classic:6.1.7",
    version: [6, 1],
    extraAuthorizationEntries: [],
    ...changes,
  };
}

/** An Artemis as the defaults of a stack file have it. */
export function artemisPlan(changes: Partial<ArtemisPlan> = {}): ArtemisPlan {
  return {
    ...base,
    kind: "artemis",
    image: "apache/activemq-artemis:2.44.0",
    version: [2, 44],
    ...changes,
  };
}

/** Beside the plan. */
export interface Options {
  readonly protect?: boolean;
  readonly withoutCertificates?: boolean;
  readonly topology?: typeof topology;
  readonly stack?: string;
}

/** Records a broker of that plan, of stack `prod` in namespace `mq-prod`. */
export function recordBroker(
  plan: JavaPlan,
  options: Options = {},
): Promise<Recording<KubernetesActiveMq | KubernetesArtemis>> {
  return record(() =>
    plan.kind === "activemq"
      ? new KubernetesActiveMq("broker", argumentsOf(plan, options))
      : new KubernetesArtemis("broker", argumentsOf(plan, options)),
  );
}

function argumentsOf<Plan extends JavaPlan>(plan: Plan, options: Options): JavaBrokerArgs<Plan> {
  const { protect = false, withoutCertificates = false, stack = "prod" } = options;
  const served = options.topology ?? topology;
  const names = served.users.map(({ name }) => name);
  return {
    scope: { ...scope(protect), stack },
    plan,
    topology: served,
    passwords: new ClientPasswords("passwords", { users: names, own: new Map() }),
    workloads,
    ...(!withoutCertificates && certificatesFor(plan)),
  };
}

/** The passwords of all users, and the administrator's. */
export const passwords = [
  generatedPassword("broker-admin"),
  ...users.map(({ name }) => derivePassword(generatedPassword("passwords-seed"), name).password),
];

/** The objects of a broker of that plan. */
export async function manifests(plan: JavaPlan, options?: Options): Promise<Manifest[]> {
  return manifestsOf((await recordBroker(plan, options)).resources);
}

/** As much of a StatefulSet as the tests look at. */
export interface Nodes extends Readonly<Record<string, unknown>> {
  readonly template: {
    readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
    readonly spec: Pod;
  };
}

/** As much of a pod as the tests look at. */
export interface Pod extends Readonly<Record<string, unknown>> {
  readonly initContainers: readonly Readonly<Record<string, unknown>>[];
  readonly containers: readonly [Container];
  readonly volumes: readonly unknown[];
  readonly imagePullSecrets: readonly unknown[];
}

/** As much of a container as the tests look at. */
export interface Container extends Readonly<Record<string, unknown>> {
  readonly command: readonly string[];
  readonly env: readonly unknown[];
  readonly ports: readonly { readonly name: string }[];
  readonly volumeMounts: readonly unknown[];
}

/** The StatefulSet of a broker of that plan. */
export async function nodesOf(plan: JavaPlan, options?: Options): Promise<Nodes> {
  return objectOf(await manifests(plan, options), "StatefulSet", plan.kind).spec as Nodes;
}

/** The pod of a node of a broker of that plan, and the broker's container in it. */
export async function podOf(
  plan: JavaPlan,
  options?: Options,
): Promise<{ pod: Pod; container: Container }> {
  const pod = (await nodesOf(plan, options)).template.spec;
  return { pod, container: pod.containers[0] };
}
