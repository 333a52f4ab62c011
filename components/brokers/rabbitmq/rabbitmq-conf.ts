import type { HostsRabbitMqPlan } from "../../config/topology";

/** A key of `rabbitmq.conf` and its value. */
export type ConfEntry = readonly [key: string, value: string];

/** What a node has wherever it runs. */
export const everywhere: readonly ConfEntry[] = [
  ["auth_mechanisms.1", "PLAIN"],
  ["auth_mechanisms.2", "AMQPLAIN"],
  // A message is a file; collectors refuse above their own limit, this bounds what a frame may hold.
  ["max_message_size", String(128 * 1024 * 1024)],
];

/**
 * `rabbitmq.conf` of a node on the loopback address.
 *
 * @param definitions - path of the definitions file that is loaded at each start.
 * @see https://www.rabbitmq.com/docs/configure
 */
export function rabbitMqConf(ports: HostsRabbitMqPlan["ports"], definitions: string): string {
  return confLines([
    ["listeners.tcp.1", `127.0.0.1:${String(ports.amqp)}`],
    ["stomp.listeners.tcp.1", `127.0.0.1:${String(ports.stomp)}`],
    ["management.tcp.ip", "127.0.0.1"],
    ["management.tcp.port", String(ports.management)],
    // With definitions to load, the node makes neither the user guest nor any other default user.
    ["load_definitions", definitions],
    ...everywhere,
    ["vm_memory_high_watermark.relative", "0.4"],
    ["disk_free_limit.absolute", "1GB"],
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

/** The lines of `rabbitmq.conf`, in the order given. */
export function confLines(entries: readonly ConfEntry[]): string {
  return entries.map(([key, value]) => `${key} = ${value}\n`).join("");
}
