import type { Listener } from "./listeners";

/** What a ServiceMonitor of the Prometheus operator needs to know. */
export interface MonitoredService {
  /** Labels that select the broker's Services. */
  readonly nodes: Readonly<Record<string, string>>;
  readonly listener: Pick<Listener, "name">;
  /** With TLS only. */
  readonly tls?: {
    /** A name that the broker's certificate has. */
    readonly host: string;
    /** Name of the Secret whose `ca.crt` signed it. */
    readonly caSecret: string;
  };
  /** What is read of each node. */
  readonly pages: readonly MetricsPage[];
}

/** A page of metrics. */
export interface MetricsPage {
  readonly path: string;
  readonly params?: Readonly<Record<string, string[]>>;
}

/** The ServiceMonitor of a broker; it trusts the broker's authority alone. */
export function serviceMonitorSpec({ nodes, listener, tls, pages }: MonitoredService) {
  const endpoint = {
    port: listener.name,
    ...(tls && {
      scheme: "https",
      tlsConfig: { ca: { secret: { name: tls.caSecret, key: "ca.crt" } }, serverName: tls.host },
    }),
  };
  return {
    selector: { matchLabels: nodes },
    endpoints: pages.map((page) => ({ ...endpoint, ...page })),
  };
}
