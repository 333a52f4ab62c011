/**
 * Labels of a namespace that admits only pods of the restricted profile.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export const restrictedNamespace = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/enforce-version": "latest",
  "pod-security.kubernetes.io/audit": "restricted",
  "pod-security.kubernetes.io/warn": "restricted",
} as const;

/** Security context of a pod of the restricted profile that runs as one user, whose group owns its volumes. */
export function restrictedPod(user: number, group: number = user) {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: group,
    fsGroup: group,
    // A large volume is not walked at each start.
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** Security context of a container of the restricted profile; it writes to its volumes only. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** Mode of files from Secrets: for the pod's user; Kubernetes adds the right of its group to read. */
export const secretMode = 0o400;
