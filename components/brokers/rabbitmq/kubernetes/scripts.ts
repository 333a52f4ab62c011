import type { RabbitMqPlan } from "../../../config/topology";
import { name } from "./names";
import { path } from "./paths";

/**
 * Shell script that readies a node's volume. Erlang takes the cookie from a file of mode 0600 only, which no mounted Secret
 * has; and a node does not start before its own name is known.
 */
export const prepareScript = `set -e
rm -f ${path.data}/.erlang.cookie
cp ${path.cookie}/.erlang.cookie ${path.data}/.erlang.cookie
chmod 0600 ${path.data}/.erlang.cookie
until getent hosts "$POD_NAME.${name.nodes}.$POD_NAMESPACE.svc"; do sleep 1; done
`;

const drain = "rabbitmq-upgrade --timeout 60 drain || true\n";

/**
 * Shell script that runs before a node is stopped: hands over what the node leads, and, where there are others, waits until
 * the node can be missed by every quorum.
 *
 * It does not wait for a node that does not run, nor when the whole stack goes: the client Service is made after the nodes,
 * so it is deleted before them. Kubernetes' own Service tells that from a DNS that does not answer.
 *
 * @see https://www.rabbitmq.com/docs/upgrade#maintenance-mode
 */
export function stopScript({ replicas }: Pick<RabbitMqPlan, "replicas">): string {
  if (replicas === 1) return drain;
  return `gone() { ! getent hosts ${name.broker}.$POD_NAMESPACE.svc && getent hosts kubernetes.default.svc; } >/dev/null
until gone || ! rabbitmq-diagnostics --quiet check_running; do
  rabbitmq-upgrade --timeout 10 await_online_quorum_plus_one && break
  sleep 5
done
gone || ${drain}`;
}
