import * as kubernetes from "@pulumi/kubernetes";
import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { name as objectName } from "./names";

/**
 * What lets the nodes ask Kubernetes for their peers: they read the addresses of one Service and write events, no more.
 *
 * @param metadata - of the Role and its binding.
 */
export function createPeerDiscovery(
  name: string,
  metadata: types.input.meta.v1.ObjectMeta & { readonly namespace: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const role = new kubernetes.rbac.v1.Role(
    `${name}-peer-discovery`,
    {
      metadata,
      rules: [
        {
          apiGroups: [""],
          resources: ["endpoints"],
          resourceNames: [objectName.nodes],
          verbs: ["get"],
        },
        { apiGroups: [""], resources: ["events"], verbs: ["create"] },
      ],
    },
    opts,
  );
  const binding = new kubernetes.rbac.v1.RoleBinding(
    `${name}-peer-discovery`,
    {
      metadata,
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "Role",
        name: objectName.peerDiscovery,
      },
      subjects: [
        { kind: "ServiceAccount", name: objectName.broker, namespace: metadata.namespace },
      ],
    },
    opts,
  );
  return [role, binding];
}
