import {
  open,
  preferred,
  type Listener,
  type Listeners,
  type Listening,
} from "../../kubernetes/listeners";

/** RabbitMQ's protocols for clients. */
export type Protocol = "amqp" | "stomp" | "management" | "prometheus";

/**
 * RabbitMQ's standard ports, without TLS and with it.
 *
 * @see https://www.rabbitmq.com/docs/networking#ports
 */
export const ports: Listeners<Protocol> = {
  plain: {
    amqp: { name: "amqp", port: 5672, appProtocol: "amqp" },
    stomp: { name: "stomp", port: 61613, appProtocol: "stomp.github.io/stomp" },
    management: { name: "management", port: 15672, appProtocol: "http" },
    prometheus: { name: "prometheus", port: 15692, appProtocol: "http" },
  },
  tls: {
    amqp: { name: "amqps", port: 5671, appProtocol: "amqps" },
    stomp: { name: "stomps", port: 61614, appProtocol: "stomp.github.io/stomp-tls" },
    management: { name: "management-tls", port: 15671, appProtocol: "https" },
    prometheus: { name: "prometheus-tls", port: 15691, appProtocol: "https" },
  },
};

/** What clients and Prometheus reach, in the order of Services and pods. */
export const protocols = ["amqp", "stomp", "management", "prometheus"] as const;

/** The listener that a client should use: with TLS, where there is TLS. */
export function preferredListener(plan: Listening, protocol: Protocol): Listener {
  return preferred(ports, plan, protocol);
}

/** All open listeners of some protocols. */
export function listenersOf(plan: Listening, ...of: readonly Protocol[]): Listener[] {
  return of.flatMap((protocol) => open(ports, plan, protocol));
}

/** What nodes of one cluster say to each other, and their command line tools; nobody else's to reach. */
export const internalPorts = {
  epmd: { name: "epmd", port: 4369 },
  distribution: { name: "distribution", port: 25672 },
  tools: { port: 35672, endPort: 35682 },
} as const;
