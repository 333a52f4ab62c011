/** A part of `pulumi stack export --show-secrets`. */
export interface StackExport {
  readonly deployment: {
    readonly resources?: readonly {
      readonly type: string;
      readonly inputs?: Readonly<Record<string, unknown>>;
    }[];
  };
}

/** Pulumi marks a secret with this key; the value in clear is JSON. */
const marked = "4dabf18193072939515e22adb298388d";

/** The namespace of each object, as another one. */
export type Rename = (namespace: string) => string;

/**
 * The Kubernetes objects of a stack, in the order in which they were made, for `kubectl apply --filename`.
 *
 * @param rename - the names of their namespaces.
 */
export function objectsOf(state: StackExport, rename: Rename): object {
  const items = (state.deployment.resources ?? [])
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => inNamespace(clear(inputs) as KubernetesObject, rename));
  return { apiVersion: "v1", kind: "List", items };
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function inNamespace(object: KubernetesObject, rename: Rename): KubernetesObject {
  const { kind, metadata } = object;
  const { name, namespace } = metadata;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(kind === "Namespace" && { name: rename(name) }),
      ...(namespace !== undefined && { namespace: rename(namespace) }),
    },
  };
}

/** Without Pulumi's marks. */
function clear(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(clear);
  const { plaintext } = value as { plaintext?: string };
  if (Object.hasOwn(value, marked) && plaintext !== undefined) return clear(JSON.parse(plaintext));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "__defaults")
      .map(([key, each]) => [key, clear(each)]),
  );
}
