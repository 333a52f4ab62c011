import type { Broker } from "../broker";

/**
 * What clients call a queue on ActiveMQ Classic.
 *
 * @see https://activemq.apache.org/components/classic/documentation/stomp
 * @see https://activemq.apache.org/components/classic/documentation/amqp
 */
export const activeMqAddresses: Broker["addresses"] = {
  stomp: both((queue) => `/queue/${queue}`),
  amqp: both((queue) => `queue://${queue}`),
};

function both(name: (queue: string) => string): Broker["addresses"]["stomp"] {
  return { source: name, target: name };
}
