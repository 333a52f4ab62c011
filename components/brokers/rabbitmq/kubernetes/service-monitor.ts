import type { MetricsPage } from "../../kubernetes/service-monitor";

/**
 * What is read of each node: its sums, and of each queue only length and consumers, as all figures of all queues are too
 * many.
 *
 * @see https://www.rabbitmq.com/docs/prometheus
 */
export const metricsPages: readonly MetricsPage[] = [
  { path: "/metrics" },
  {
    path: "/metrics/detailed",
    params: { family: ["queue_coarse_metrics", "queue_consumer_count"] },
  },
];
