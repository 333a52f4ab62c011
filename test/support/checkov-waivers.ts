import type { Finding } from "./checkers";

/** A rule of checkov that some objects do not keep, and why they need not. */
export interface Waiver {
  readonly check: string;
  /** `<stack>: <Kind>/<name>` of the objects. */
  readonly objects: RegExp;
  readonly reason: string;
}

/** All that is waived; one that nothing needs fails the test. */
export const waivers: readonly Waiver[] = [
  {
    check: "CKV_K8S_8",
    objects: /: StatefulSet\/(rabbitmq|artemis)$/,
    reason:
      "no liveness probe: a node that is restarted for being busy is busier afterwards; RabbitMQ's own operator has none either",
  },
  {
    check: "CKV_K8S_8",
    objects: /: DaemonSet\/sender-/,
    reason: "no liveness probe: the process waits and does nothing; mq-send is run beside it",
  },
  {
    check: "CKV_K8S_9",
    objects: /: DaemonSet\/sender-/,
    reason: "no readiness probe: it serves nobody, and ends at once where a file is missing",
  },
  {
    check: "CKV_K8S_15",
    objects: /./,
    reason:
      "IfNotPresent: every image is pinned, and a pod has to start again while the registry is down; pullPolicy: Always is there",
  },
  {
    check: "CKV_K8S_38",
    objects: /^api-discovery: StatefulSet\/rabbitmq$/,
    reason: "before 4.1 RabbitMQ finds its peers by Kubernetes' API, for which it needs a token",
  },
  {
    check: "CKV_K8S_40",
    objects: /: StatefulSet\/rabbitmq$/,
    reason: "999 is RabbitMQ's user in its official images; another could not read its own files",
  },
  {
    check: "CKV_K8S_40",
    objects: /: StatefulSet\/(activemq|artemis)$/,
    reason: "1001 is Artemis' user in its official image, and for ActiveMQ there is no better one",
  },
  {
    check: "CKV_K8S_43",
    objects: /./,
    reason:
      "a digest is of the image in the user's own registry, which a sample cannot know; the stack file takes one",
  },
];

/** Findings that no waiver covers, and waivers that cover nothing. */
export function unexplained(findings: readonly Finding[]): {
  findings: string[];
  unused: string[];
} {
  const covers = ({ check, objects }: Waiver, finding: Finding): boolean =>
    check === finding.check && objects.test(finding.object);
  return {
    findings: findings
      .filter((finding) => !waivers.some((waiver) => covers(waiver, finding)))
      .map(({ check, name, object }) => `${object}: ${check}: ${name}`),
    unused: waivers
      .filter((waiver) => !findings.some((finding) => covers(waiver, finding)))
      .map(({ check, objects }) => `${check} ${String(objects)}`),
  };
}
