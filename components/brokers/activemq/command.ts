/** Arguments of {@link activeMqCommand}. Paths are absolute. */
export interface ActiveMqCommandArgs {
  /** Of Java, 17 or newer. */
  readonly java: string;
  /** The unpacked distribution. */
  readonly home: string;
  /** The folder of the files of `activeMqFiles`. May be read-only. */
  readonly etc: string;
  /** A folder that the broker writes to; what is in it has to be kept. */
  readonly data: string;
  readonly heapBytes: number;
  /** An argument of `java` that loads an agent: `-javaagent:…`. */
  readonly agent?: string;
}

/** The file that the encryption password is read from, one line; it lies in `etc`. */
export const encryptionPasswordFile = "encryption-password";

/**
 * The broker takes the password that decrypts `users.properties` from its environment and from nowhere else: this shell puts
 * it there and becomes the broker.
 */
const withEncryptionPassword =
  'IFS= read -r ACTIVEMQ_ENCRYPTION_PASSWORD < "$0" && export ACTIVEMQ_ENCRYPTION_PASSWORD && exec "$@"';

/**
 * The command that runs ActiveMQ Classic in the foreground, without its distribution's shell scripts. It holds no secret;
 * its process is the broker's own, and SIGTERM ends it in order.
 */
export function activeMqCommand(args: ActiveMqCommandArgs): string[] {
  const { java, home, etc, data, heapBytes, agent } = args;
  const heap = String(heapBytes);
  return [
    "/bin/sh",
    "-c",
    withEncryptionPassword,
    `${etc}/${encryptionPasswordFile}`,
    java,
    `-Xms${heap}`,
    `-Xmx${heap}`,
    // A broker without memory is restarted, not half alive.
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    `-Djava.io.tmpdir=${data}/tmp`,
    `-Djava.security.auth.login.config=${etc}/login.config`,
    `-Dlog4j2.configurationFile=file:${etc}/log4j2.properties`,
    `-Dactivemq.home=${home}`,
    `-Dactivemq.base=${home}`,
    `-Dactivemq.conf=${etc}`,
    `-Dactivemq.data=${data}`,
    ...(agent === undefined ? [] : [agent]),
    "-jar",
    `${home}/bin/activemq.jar`,
    "start",
    `xbean:file:${etc}/activemq.xml`,
  ];
}
