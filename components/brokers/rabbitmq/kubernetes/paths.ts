/** Paths in a broker's pod. */
export const path = {
  /** Configuration and definitions, from the ConfigMap and Secrets. */
  etc: "/etc/rabbitmq",
  conf: "/etc/rabbitmq/conf.d",
  plugins: "/etc/rabbitmq/enabled_plugins",
  definitions: "/etc/rabbitmq/definitions",
  /** The server's certificate, as a whole folder: a file mounted alone never changes. */
  tls: "/etc/rabbitmq-tls",
  /** The volume: the node's data, and its home with the Erlang cookie. */
  data: "/var/lib/rabbitmq",
  cookie: "/run/erlang-cookie",
  scratch: "/tmp",
} as const;
