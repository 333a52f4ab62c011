import { preferredListener, type Listening } from "./listeners";

/** What a ServiceMonitor of the Prometheus operator needs to know beside the plan. */
export interface MonitoredService {
  /** Labels that select the broker's Services. */
  readonly nodes: Readonly<Record<string, string>>;
  /** A name that the broker's certificate has. */
  readonly host: string;
  /** Name of the Secret whose `ca.crt` signed it; with TLS only. */
  readonly caSecret: string | undefined;
}

/**
 * The ServiceMonitor of a broker: the sums of each node, and of each queue only length and consumers, as all figures of
 * all queues are too many.
 *
 * @see https://www.rabbitmq.com/docs/prometheus
 */
export function serviceMonitorSpec(plan: Listening, of: MonitoredService) {
  const { name: port } = preferredListener(plan, "prometheus");
  const endpoint = {
    port,
    ...(of.caSecret !== undefined && {
      scheme: "https",
      tlsConfig: { ca: { secret: { name: of.caSecret, key: "ca.crt" } }, serverName: of.host },
    }),
  };
  return {
    selector: { matchLabels: of.nodes },
    endpoints: [
      { ...endpoint, path: "/metrics" },
      {
        ...endpoint,
        path: "/metrics/detailed",
        params: { family: ["queue_coarse_metrics", "queue_consumer_count"] },
      },
    ],
  };
}
