import { stringify } from "ini";

/** Values of {@link amqpqueueCfg}. */
export interface AmqpqueueCfg {
  /** Folder of the key files. */
  readonly keyDir: string;
  /** Base name of the key pair: `q` for `q-private.pem` and `q-public.pem`. */
  readonly keyName: string;
  readonly stomp: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
}

/**
 * `amqpqueue.cfg` (document 000), MCollective's client configuration. It holds the password: a secret.
 *
 * @throws Error where a value has a character that MCollective and an INI parser would read differently; the value is not
 * part of the message.
 */
export function amqpqueueCfg({ keyDir, keyName, stomp }: AmqpqueueCfg): string {
  const values = {
    topicprefix: "/topic/",
    main_collective: "mcollective",
    collectives: "mcollective",
    libdir: "/usr/libexec/mcollective",
    logfile: "/tmp/kermit.log",
    loglevel: "info",
    securityprovider: "ssl",
    "plugin.ssl_client_public": `${keyDir}/${keyName}-public.pem`,
    "plugin.ssl_client_private": `${keyDir}/${keyName}-private.pem`,
    "plugin.ssl_client_cert_dir": keyDir,
    connector: "stomp",
    "plugin.stomp.host": stomp.host,
    "plugin.stomp.port": String(stomp.port),
    "plugin.stomp.user": stomp.user,
    "plugin.stomp.password": stomp.password,
  };
  for (const [key, value] of Object.entries(values)) {
    if (!/^[!-~]+$/.test(value) || /^\[|["';#=\\]/.test(value)) {
      throw new Error(
        `amqpqueue.cfg: ${key} holds a space, a control character, one of " ' ; # = \\, or begins with [, which the file cannot hold; choose another value`,
      );
    }
  }
  return stringify(values, { whitespace: true });
}
