import type { types } from "@pulumi/kubernetes";
import { internalPorts, listenersOf, type Listening } from "./listeners";

type ServiceSpec = types.input.core.v1.ServiceSpec;
type Labels = Readonly<Record<string, string>>;

/** The Service that clients use: what nodes say to each other is not on it. */
export function clientService(plan: Listening, selector: Labels): ServiceSpec {
  const protocols = ["amqp", "stomp", "management", "prometheus"] as const;
  return {
    type: "ClusterIP",
    selector,
    ports: protocols
      .flatMap((protocol) => listenersOf(plan, protocol))
      .map(({ name, port, appProtocol }) => ({ name, port, targetPort: name, appProtocol })),
  };
}

/** The Service that names the nodes, also those that are not ready: they are to find each other by it. */
export function nodesService(plan: Listening, selector: Labels): ServiceSpec {
  const { epmd, distribution } = internalPorts;
  return {
    type: "ClusterIP",
    clusterIP: "None",
    publishNotReadyAddresses: true,
    selector,
    ports: [epmd, distribution, ...listenersOf(plan, "amqp")].map(({ name, port }) => ({
      name,
      port,
      targetPort: name,
    })),
  };
}
