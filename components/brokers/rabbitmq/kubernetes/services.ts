import type { types } from "@pulumi/kubernetes";
import type { Listening } from "../../kubernetes/listeners";
import { clientService, nodesService } from "../../kubernetes/services";
import { internalPorts, listenersOf, protocols } from "./listeners";

type ServiceSpec = types.input.core.v1.ServiceSpec;
type Labels = Readonly<Record<string, string>>;

/** The Service that clients and Prometheus use. */
export function rabbitMqService(plan: Listening, selector: Labels): ServiceSpec {
  return clientService(listenersOf(plan, ...protocols), selector);
}

/** The Service that names the nodes. */
export function rabbitMqNodesService(plan: Listening, selector: Labels): ServiceSpec {
  const { epmd, distribution } = internalPorts;
  return nodesService([epmd, distribution, ...listenersOf(plan, "amqp")], selector);
}
