import type * as pulumi from "@pulumi/pulumi";

/** Kinds that are gone as soon as the API server is told, and that nothing has to be gone before. */
const passive = new Set([
  "kubernetes:core/v1:ConfigMap",
  "kubernetes:core/v1:Secret",
  "kubernetes:core/v1:ServiceAccount",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  "kubernetes:policy/v1:PodDisruptionBudget",
  "kubernetes:rbac.authorization.k8s.io/v1:Role",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
]);

/**
 * Leaves the deletion of passive objects to that of their namespace: a `destroy` is faster for it, and does not wait for
 * each. What leaves the program alone is deleted as ever.
 *
 * @param namespace - undefined where the namespace is not ours.
 */
export function deletedWith(
  namespace: pulumi.Resource | undefined,
): Pick<pulumi.ComponentResourceOptions, "transformations"> {
  if (namespace === undefined) return {};
  return {
    transformations: [
      ({ type, props, opts }) =>
        passive.has(type) ? { props, opts: { ...opts, deletedWith: namespace } } : undefined,
    ],
  };
}
