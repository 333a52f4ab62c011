import { z } from "zod";

const storage = { size: z.string(), storageClass: z.string().optional() };

/** Schema of {@link Baseline}. */
export const baselineSchema = z.strictObject({
  namespace: z.string(),
  broker: z.strictObject({
    kind: z.string(),
    replicas: z.int(),
    storage: z.strictObject(storage),
    statefulSet: z.string(),
  }),
  collectors: z.record(z.string(), z.strictObject(storage)),
  allow: z.array(z.string()),
});

/** What of a stack on Kubernetes must not change by accident: it would take data with it. All of it is known in a preview. */
export interface Baseline {
  readonly namespace: string;
  readonly broker: {
    readonly kind: string;
    readonly replicas: number;
    readonly storage: Volume;
    /** Of the StatefulSet, what Kubernetes never changes: {@link immutableFields}. */
    readonly statefulSet: string;
  };
  /** The volume of each collector, by its name. */
  readonly collectors: Readonly<Record<string, Volume>>;
  /** Changes that are meant, by the key of their refusal. */
  readonly allow: readonly string[];
}

/** A volume as the stack file says it. */
export interface Volume {
  /** A Kubernetes quantity. */
  readonly size: string;
  /** Undefined: the cluster's default class. */
  readonly storageClass?: string | undefined;
}

/** What a StatefulSet's `spec` holds that only a new StatefulSet can change, and this program's provider replaces it for. */
const immutable = [
  "podManagementPolicy",
  "revisionHistoryLimit",
  "selector",
  "serviceName",
  "volumeClaimTemplates",
] as const;

/**
 * Those fields of a StatefulSet's `spec`, as JSON.
 *
 * @throws where one of them is, or holds, a Pulumi output: they have to be known in a preview.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
 */
export function immutableFields(
  spec: Readonly<Partial<Record<(typeof immutable)[number], unknown>>>,
): string {
  const fields = Object.fromEntries(immutable.map((field) => [field, spec[field]]));
  // Cloning refuses an output, which would become the same text whatever it holds.
  return JSON.stringify(structuredClone(fields));
}
