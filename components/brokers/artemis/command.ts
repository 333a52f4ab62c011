/** Arguments of {@link artemisCommand}. Paths are absolute. */
export interface ArtemisCommandArgs {
  /** Of Java, 17 or newer. */
  readonly java: string;
  /** The unpacked distribution. */
  readonly home: string;
  /** The folder of the files of `artemisFiles`. May be read-only. */
  readonly etc: string;
  /** A folder that the broker writes to; what is in it has to be kept. */
  readonly data: string;
  /** A folder for what may be lost at a restart. Default: Java's own, `/tmp`. */
  readonly tmp?: string;
  readonly heapBytes: number;
  /** The broker's name, unique among brokers that one tool looks at: `artemis-prod-0`. */
  readonly name: string;
  /** What the other nodes of a cluster call this one; needed in a cluster. */
  readonly host?: string;
  /** An argument of `java` that loads an agent: `-javaagent:…`. */
  readonly agent?: string;
}

/**
 * Share of the heap that buffers outside of it may take, one of so many. The default is as much again, which a container whose
 * memory is for the most part heap does not have.
 */
const buffersPart = 3;

/** System properties that `broker.xml` has in place of what is a node's own. */
export const nodeProperties = { name: "mq.broker.name", host: "mq.broker.host" } as const;

/**
 * The command that runs Artemis in the foreground, without its distribution's shell scripts. It holds no secret; SIGTERM
 * ends it in order.
 */
export function artemisCommand(args: ArtemisCommandArgs): string[] {
  const { java, home, etc, data, tmp, name, host, agent } = args;
  const heap = String(args.heapBytes);
  return [
    java,
    `-Xms${heap}`,
    `-Xmx${heap}`,
    `-XX:MaxDirectMemorySize=${String(Math.floor(args.heapBytes / buffersPart))}`,
    // A broker without memory is restarted, not half alive.
    "-XX:+ExitOnOutOfMemoryError",
    "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
    "-Djava.awt.headless=true",
    ...(tmp === undefined ? [] : [`-Djava.io.tmpdir=${tmp}`]),
    `-Djava.security.auth.login.config=${etc}/login.config`,
    "-Dlog4j2.disableJmx=true",
    `-Dlog4j2.configurationFile=file:${etc}/log4j2.properties`,
    `-Dartemis.home=${home}`,
    `-Dartemis.instance=${data}`,
    `-Dartemis.instance.etc=${etc}`,
    `-D${nodeProperties.name}=${name}`,
    ...(host === undefined ? [] : [`-D${nodeProperties.host}=${host}`]),
    ...(agent === undefined ? [] : [agent]),
    "-classpath",
    `${home}/lib/artemis-boot.jar`,
    "org.apache.activemq.artemis.boot.Artemis",
    "run",
  ];
}
