import type { BrokerPlan } from "../../config/topology";

/**
 * `rabbitmq.conf` of a node on the loopback address.
 *
 * @param definitions - path of the definitions file that is loaded at each start.
 * @see https://www.rabbitmq.com/docs/configure
 */
export function rabbitMqConf(ports: BrokerPlan["ports"], definitions: string): string {
  return lines([
    ["listeners.tcp.1", `127.0.0.1:${String(ports.amqp)}`],
    ["stomp.listeners.tcp.1", `127.0.0.1:${String(ports.stomp)}`],
    ["management.tcp.ip", "127.0.0.1"],
    ["management.tcp.port", String(ports.management)],
    // With definitions to load, the node makes neither the user guest nor any other default user.
    ["load_definitions", definitions],
    ["auth_mechanisms.1", "PLAIN"],
    ["auth_mechanisms.2", "AMQPLAIN"],
    ["vm_memory_high_watermark.relative", "0.4"],
    ["disk_free_limit.absolute", "1GB"],
    // A message is a file; collectors refuse above their own limit, this bounds what a frame may hold.
    ["max_message_size", String(128 * 1024 * 1024)],
  ]);
}

/** `advanced.config`: what `rabbitmq.conf` has no key for. Without it Erlang's distribution port listens on every address. */
export function advancedConfig(): string {
  return "[{kernel, [{inet_dist_use_interface, {127,0,0,1}}]}].\n";
}

/** `enabled_plugins`: an Erlang list of plugin names. */
export function enabledPlugins(plugins: readonly string[]): string {
  return `[${[...plugins].sort().join(",")}].\n`;
}

function lines(entries: readonly (readonly [key: string, value: string])[]): string {
  return entries.map(([key, value]) => `${key} = ${value}\n`).join("");
}
