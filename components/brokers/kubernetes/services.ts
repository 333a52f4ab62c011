import type { types } from "@pulumi/kubernetes";
import type { Listener } from "./listeners";

type ServiceSpec = types.input.core.v1.ServiceSpec;
type Labels = Readonly<Record<string, string>>;

/** The Service that clients use: what nodes say to each other is not on it. */
export function clientService(listeners: readonly Listener[], selector: Labels): ServiceSpec {
  return {
    type: "ClusterIP",
    selector,
    ports: listeners.map(({ name, port, appProtocol }) => ({
      name,
      port,
      targetPort: name,
      appProtocol,
    })),
  };
}

/** The Service that names the nodes, also those that are not ready: they are to find each other by it. */
export function nodesService(
  listeners: readonly Pick<Listener, "name" | "port">[],
  selector: Labels,
): ServiceSpec {
  return {
    type: "ClusterIP",
    clusterIP: "None",
    publishNotReadyAddresses: true,
    selector,
    ports: listeners.map(({ name, port }) => ({ name, port, targetPort: name })),
  };
}
