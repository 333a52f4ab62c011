import { filesOf, ofKind, podsOf, textsOf, title, type Manifest, type Pods } from "./manifests";
import { restrictedProblems } from "./restricted-profile";

/** What a cluster has beside the objects of a stack: Secrets that the stack file names. */
export interface Given {
  readonly secrets: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

/** A Secret may have 1 MiB, and the API server's store takes not much more for a whole object. */
const largestSecret = 900 * 1024;

/** What a cluster would refuse or never get to run, of the objects of one stack; nothing where all is well. */
export function problemsOf(manifests: readonly Manifest[], given: Given): string[] {
  return [
    ...manifests.flatMap(nameProblems),
    ...placeProblems(manifests),
    ...sizeProblems(manifests),
    ...podsOf(manifests).flatMap((pods) => [
      ...restrictedProblems(pods),
      ...referenceProblems(pods, manifests, given),
      ...policyProblems(pods, manifests),
    ]),
    ...manifests.flatMap((manifest) => selectorProblems(manifest, manifests)),
  ];
}

/**
 * Where a secret stands in clear text outside of a Secret: in a ConfigMap, an annotation, a variable, an argument.
 *
 * @param secrets - the values; of a PEM each line counts.
 */
export function leaks(manifests: readonly Manifest[], secrets: readonly string[]): string[] {
  const parts = secrets
    .flatMap((secret) => secret.split("\n"))
    .filter((line) => line.length >= 8 && !line.startsWith("-----"));
  const clear = (manifest: Manifest) =>
    textsOf(Object.entries(manifest).filter(([field]) => field !== "stringData"));
  return manifests
    .filter((manifest) => clear(manifest).some((text) => parts.some((part) => text.includes(part))))
    .map((manifest) => `${title(manifest)}: has a secret in clear`);
}

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

function nameProblems(manifest: Manifest): string[] {
  const { name, labels = {} } = manifest.metadata;
  const wrong = Object.values(labels).filter((value) => !labelValue.test(value));
  return [
    ...(dnsLabel.test(name) ? [] : [`${title(manifest)}: is no DNS label`]),
    ...wrong.map((value) => `${title(manifest)}: "${value}" is no value of a label`),
  ];
}

/** Everything is in one namespace, and there once. */
function placeProblems(manifests: readonly Manifest[]): string[] {
  const places = new Set(manifests.flatMap(({ metadata }) => metadata.namespace ?? []));
  const outside = manifests.filter(
    ({ kind, metadata }) => (metadata.namespace === undefined) !== (kind === "Namespace"),
  );
  const titles = manifests.map(title);
  return [
    ...(places.size === 1 ? [] : [`in ${String(places.size)} namespaces`]),
    ...outside.map((manifest) => `${title(manifest)}: in no namespace, or should not be in one`),
    ...titles
      .filter((each, index) => titles.indexOf(each) < index)
      .map((each) => `${each}: is there twice`),
  ];
}

function sizeProblems(manifests: readonly Manifest[]): string[] {
  return manifests
    .map((manifest) => ({
      manifest,
      size: textsOf({ ...manifest.data, ...manifest.stringData })
        .map((text) => Buffer.byteLength(text))
        .reduce((sum, bytes) => sum + bytes, 0),
    }))
    .filter(({ size }) => size >= largestSecret)
    .map(({ manifest, size }) => `${title(manifest)}: has ${String(size)} bytes`);
}

/** What a pod names has to be there, or it waits for ever. */
function referenceProblems(
  pods: Pods,
  manifests: readonly Manifest[],
  { secrets }: Given,
): string[] {
  const issued = ofKind(manifests, "Certificate").map(
    ({ spec }) => (spec as { secretName: string }).secretName,
  );
  const elsewhere = new Set([...secrets, ...issued]);
  const find = (kind: string, name: string) =>
    ofKind(manifests, kind).find(({ metadata }) => metadata.name === name);
  const missing = (kind: string, name: string | undefined) =>
    name !== undefined && find(kind, name) !== undefined ? [] : [`${kind}/${name ?? ""}`];

  const files = filesOf(pods).flatMap(({ kind, name, keys }) => {
    if (kind === "Secret" && elsewhere.has(name)) return [];
    const source = find(kind, name);
    const content = source?.stringData ?? source?.data ?? {};
    return [
      ...missing(kind, name),
      ...keys.filter((key) => !(key in content)).map((key) => `${kind}/${name}, ${key}`),
    ];
  });
  const claims = (pods.spec.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) =>
    claim ? missing("PersistentVolumeClaim", claim.claimName) : [],
  );
  const pulls = (pods.spec.imagePullSecrets ?? [])
    .filter(({ name }) => !elsewhere.has(name))
    .map(({ name }) => `Secret/${name}`);
  const account = missing("ServiceAccount", pods.spec.serviceAccountName);
  const { serviceName } = (pods.owner.spec ?? {}) as { serviceName?: string };
  const service = serviceName === undefined ? [] : missing("Service", serviceName);
  return [...files, ...claims, ...pulls, ...account, ...service].map(
    (what) => `${title(pods.owner)}: names ${what}, which is not there`,
  );
}

/** Whether labels have all that a selector asks for. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** The labels that a policy selects pods by; none for that of all pods. */
export function policySelector({ spec }: Manifest): Labels {
  return (spec as { podSelector: { matchLabels?: Labels } }).podSelector.matchLabels ?? {};
}

function policyProblems({ owner, labels }: Pods, manifests: readonly Manifest[]): string[] {
  const own = ofKind(manifests, "NetworkPolicy")
    .map(policySelector)
    .filter((selector) => Object.keys(selector).length > 0);
  return own.some((selector) => selects(selector, labels))
    ? []
    : [`${title(owner)}: only default-deny selects its pods`];
}

/** A controller selects its own pods; a Service, policy or budget selects pods, or those of a sender that users run. */
function selectorProblems(manifest: Manifest, manifests: readonly Manifest[]): string[] {
  const selector = selectorOf(manifest);
  if (selector === undefined) return [];
  const pods = podsOf(manifests);
  const own = pods.filter(({ owner }) => owner === manifest);
  if (own.length === 0 && selector["app.kubernetes.io/name"] === "mq-sender") return [];
  return (own.length > 0 ? own : pods).some(({ labels }) => selects(selector, labels))
    ? []
    : [`${title(manifest)}: selects no pod`];
}

function selectorOf(manifest: Manifest): Labels | undefined {
  const spec = (manifest.spec ?? {}) as {
    selector?: Labels | { matchLabels: Labels };
    podSelector?: { matchLabels?: Labels };
  };
  switch (manifest.kind) {
    case "NetworkPolicy":
      return policySelector(manifest);
    case "Service":
      return spec.selector as Labels;
    case "Deployment":
    case "StatefulSet":
    case "DaemonSet":
    case "PodDisruptionBudget":
      return (spec.selector as { matchLabels: Labels }).matchLabels;
    default:
      return undefined;
  }
}
