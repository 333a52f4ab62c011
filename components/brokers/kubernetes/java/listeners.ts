import type { ActiveMqPlan, ArtemisPlan } from "../../../config/topology";
import { exporterPort } from "../../java/jmx-exporter";
import { open, type Listener, type Listeners } from "../listeners";

/** What the brokers that run on Java speak with clients. */
export type Protocol = "amqp" | "stomp" | "openwire";

/** Their usual ports; for OpenWire with TLS there is the next one. */
export const ports: Listeners<Protocol> = {
  plain: {
    amqp: { name: "amqp", port: 5672, appProtocol: "amqp" },
    stomp: { name: "stomp", port: 61613, appProtocol: "stomp.github.io/stomp" },
    openwire: { name: "openwire", port: 61616, appProtocol: "activemq.apache.org/openwire" },
  },
  tls: {
    amqp: { name: "amqps", port: 5671, appProtocol: "amqps" },
    stomp: { name: "stomps", port: 61614, appProtocol: "stomp.github.io/stomp-tls" },
    openwire: {
      name: "openwire-tls",
      port: 61617,
      appProtocol: "activemq.apache.org/openwire-tls",
    },
  },
};

/** What a node listens for. */
export type Listening = Pick<ActiveMqPlan | ArtemisPlan, "tls" | "openwire">;

function protocolsOf({ openwire }: Listening): Protocol[] {
  return ["amqp", "stomp", ...(openwire ? (["openwire"] as const) : [])];
}

/** All open listeners for clients. */
export function clientListeners(plan: Listening): Listener[] {
  return protocolsOf(plan).flatMap((protocol) => open(ports, plan, protocol));
}

/** The same, as the brokers' files have them. */
export function brokerListeners(plan: Listening) {
  return protocolsOf(plan).flatMap((protocol) =>
    open(ports, plan, protocol).map(({ port }) => ({
      protocol,
      host: "0.0.0.0",
      port,
      tls: port === ports.tls[protocol].port,
    })),
  );
}

/** Where Prometheus reads; `secure`: with TLS. */
export function metricsListener(secure: boolean): Listener {
  return { name: "metrics", port: exporterPort, appProtocol: secure ? "https" : "http" };
}
