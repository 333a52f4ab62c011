import { connectAmqp } from "./amqp";
import type { BrokerConnection } from "./config";
import type { Connect } from "./protocol";
import { connectStomp } from "./stomp";

const protocols: Record<BrokerConnection["protocol"], Connect> = {
  stomp: connectStomp,
  amqp: connectAmqp,
};

/** Connects by the protocol that the configuration names. */
export const connect: Connect = (options) => protocols[options.broker.protocol](options);
