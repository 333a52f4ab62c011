/** Paths in the pod of a broker that runs on Java. */
export interface JavaPaths {
  /** The broker's files, from its Secret; not on the volume, where they would outlive a change. */
  readonly etc: string;
  /** The volume. */
  readonly data: string;
  /** The certificate, as a whole folder: a file mounted alone never changes. */
  readonly tls: string;
}

/** What is the same for all of them. */
export const common = {
  /** The agent that exports metrics. */
  agent: "/run/metrics-agent",
  scratch: "/tmp",
} as const;

/** The paths of a broker of that kind. */
export function javaPaths(kind: "activemq" | "artemis"): JavaPaths {
  return { etc: `/etc/${kind}`, data: `/var/lib/${kind}`, tls: `/etc/${kind}-tls` };
}
