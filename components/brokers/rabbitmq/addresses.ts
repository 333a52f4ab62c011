import type { QueueAddresses } from "../broker";

/**
 * STOMP destinations. Unlike `/queue/<name>` neither declares the queue, so that a user needs no configure permission, and
 * the exchange of the queue's name is one that a permission can tell from others, which the default exchange is not.
 *
 * @see https://www.rabbitmq.com/docs/stomp#d
 */
const stomp: QueueAddresses = {
  source: (queue) => `/amq/queue/${queue}`,
  target: (queue) => `/exchange/${queue}/${queue}`,
};

/**
 * AMQP 1.0 addresses of the first version, which RabbitMQ 3 knows alone and RabbitMQ 4 still takes: they are those of
 * STOMP.
 *
 * @see https://www.rabbitmq.com/docs/amqp#address-v1
 */
export const addressesV1 = { stomp, amqp: stomp };

/**
 * With AMQP 1.0 addresses of the second version, of RabbitMQ 4.
 *
 * @see https://www.rabbitmq.com/docs/amqp#address-v2
 */
export const addressesV2 = {
  stomp,
  amqp: {
    source: (queue: string) => `/queues/${encodeURIComponent(queue)}`,
    target: (queue: string) =>
      `/exchanges/${encodeURIComponent(queue)}/${encodeURIComponent(queue)}`,
  },
};
