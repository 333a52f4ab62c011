import type { Broker } from "../broker";

/** What clients call an Artemis' queues. */
export const artemisAddresses: Broker["addresses"] = {
  stomp: { source: (queue) => `/queue/${queue}`, target: (queue) => `/queue/${queue}` },
  amqp: { source: (queue) => queue, target: (queue) => queue },
};
