import type { RabbitMqPlan } from "../../../config/topology";
import { isBefore } from "../../kubernetes/version";

/**
 * Whether nodes of that version ask Kubernetes for their peers. From 4.1 on they know them by their own name.
 *
 * @see https://www.rabbitmq.com/blog/2025/04/04/new-k8s-peer-discovery
 */
export function findsPeersByApi({ version }: Pick<RabbitMqPlan, "version">): boolean {
  return isBefore(version, [4, 1]);
}
