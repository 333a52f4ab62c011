import { stringify } from "yaml";
import { reveal, type RecordedResource } from "./mocks";

/** A Kubernetes object as it would be applied, secrets in clear. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  /** Deep, and different for each kind: rules read what they need of it. */
  readonly spec?: unknown;
  readonly [field: string]: unknown;
}

/** A container, as far as rules read it. */
export interface Container {
  readonly name: string;
  readonly ports?: readonly { readonly containerPort: number; readonly hostPort?: number }[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext?: {
    readonly privileged?: boolean;
    readonly allowPrivilegeEscalation?: boolean;
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly procMount?: string;
    readonly seccompProfile?: { readonly type: string };
  };
}

/** A source of a volume's files. */
export interface FileSource {
  readonly name?: string;
  readonly secretName?: string;
  readonly items?: readonly { readonly key: string }[];
}

/** A volume, as far as rules read it. */
export interface Volume {
  readonly name: string;
  readonly secret?: FileSource;
  readonly configMap?: FileSource;
  readonly projected?: {
    readonly sources: readonly { readonly secret?: FileSource; readonly configMap?: FileSource }[];
  };
  readonly persistentVolumeClaim?: { readonly claimName: string };
}

/** A pod template with the object that it is part of. */
export interface Pods {
  readonly owner: Manifest;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: {
    readonly serviceAccountName?: string;
    readonly automountServiceAccountToken?: boolean;
    readonly hostNetwork?: boolean;
    readonly hostPID?: boolean;
    readonly hostIPC?: boolean;
    readonly securityContext?: Container["securityContext"] & { readonly sysctls?: unknown[] };
    readonly imagePullSecrets?: readonly { readonly name: string }[];
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes?: readonly Volume[];
  };
}

/** The Kubernetes objects of a recording, in the order of kind and name. */
export function manifestsOf(resources: readonly RecordedResource[]): Manifest[] {
  return resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => reveal(inputs) as Manifest)
    .sort((a, b) => (title(a) < title(b) ? -1 : 1));
}

/** The same objects with a fixed text for each value of a Secret: for checkers, files and messages. */
export function withoutSecrets(manifests: readonly Manifest[]): Manifest[] {
  return manifests.map((manifest) =>
    manifest.kind === "Secret" && manifest.stringData
      ? {
          ...manifest,
          stringData: Object.fromEntries(
            Object.keys(manifest.stringData).map((key) => [key, "not shown"]),
          ),
        }
      : manifest,
  );
}

/** The objects as YAML: the same objects, the same text. */
export function toYaml(manifests: readonly Manifest[]): string {
  return manifests
    .map((manifest) => stringify(manifest, { sortMapEntries: true, lineWidth: 0 }))
    .join("---\n");
}

/** `Kind/name`. */
export function title({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`;
}

/** All objects of a kind. */
export function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

/** The one object of that kind and name. */
export function objectOf(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = ofKind(manifests, kind).find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`${kind}/${name}: not rendered`);
  return found;
}

/** Every pod template. */
export function podsOf(manifests: readonly Manifest[]): Pods[] {
  return manifests.flatMap((owner) => {
    const { template } = (owner.spec ?? {}) as {
      template?: { metadata?: { labels?: Record<string, string> }; spec: Pods["spec"] };
    };
    return template
      ? [{ owner, labels: template.metadata?.labels ?? {}, spec: template.spec }]
      : [];
  });
}

/** Every Secret or ConfigMap that a pod takes files from. */
export function filesOf({ spec }: Pods): { kind: string; name: string; keys: string[] }[] {
  return (spec.volumes ?? [])
    .flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])])
    .flatMap(({ secret, configMap }) => [
      ...(secret ? [{ kind: "Secret", source: secret }] : []),
      ...(configMap ? [{ kind: "ConfigMap", source: configMap }] : []),
    ])
    .map(({ kind, source }) => ({
      kind,
      name: source.secretName ?? source.name ?? "",
      keys: (source.items ?? []).map(({ key }) => key),
    }));
}

/** All text of a value, keys too. */
export function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => [key, ...textsOf(below)]);
}
