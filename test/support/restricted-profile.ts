import { title, type Container, type Pods } from "./manifests";

const volumeTypes = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

/**
 * What the restricted profile of the Pod Security Standards forbids of a pod, field by field.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function restrictedProblems({ owner, spec }: Pods): string[] {
  const problems = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((key) => spec[key]);
  const volumes = (spec.volumes ?? []).flatMap(({ name, ...source }) =>
    Object.keys(source)
      .filter((type) => !volumeTypes.has(type))
      .map((type) => `volume ${name} is a ${type}`),
  );
  const sysctls = spec.securityContext?.sysctls ? ["sysctls"] : [];
  const containers = [...(spec.initContainers ?? []), ...spec.containers].flatMap((container) =>
    containerProblems(container, spec.securityContext ?? {}).map(
      (problem) => `container ${container.name}: ${problem}`,
    ),
  );
  return [...problems, ...volumes, ...sysctls, ...containers].map(
    (problem) => `${title(owner)}: not restricted: ${problem}`,
  );
}

function containerProblems(
  { securityContext: own = {}, ports = [] }: Container,
  pod: NonNullable<Container["securityContext"]>,
): string[] {
  const { add = [], drop = [] } = own.capabilities ?? {};
  const seccomp = (own.seccompProfile ?? pod.seccompProfile)?.type ?? "";
  const rules: Record<string, boolean> = {
    privileged: own.privileged !== true,
    allowPrivilegeEscalation: own.allowPrivilegeEscalation === false,
    "capabilities.drop": drop.includes("ALL"),
    "capabilities.add": add.every((capability) => capability === "NET_BIND_SERVICE"),
    runAsNonRoot: (own.runAsNonRoot ?? pod.runAsNonRoot) === true,
    runAsUser: (own.runAsUser ?? pod.runAsUser) !== 0,
    procMount: (own.procMount ?? "Default") === "Default",
    seccompProfile: ["RuntimeDefault", "Localhost"].includes(seccomp),
    hostPort: ports.every(({ hostPort }) => hostPort === undefined),
  };
  return Object.keys(rules).filter((rule) => !rules[rule]);
}
