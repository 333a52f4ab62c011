/** A logger that says less than the others. */
export interface QuietLogger {
  /** A Java package. */
  readonly name: string;
  readonly level: "warn" | "off";
}

/**
 * `log4j2.properties`: everything goes to standard output, one line a record with its time.
 *
 * @see https://logging.apache.org/log4j/2.x/manual/configuration.html
 */
export function log4j2Properties({ name, level }: QuietLogger): string {
  return [
    "status = warn",
    // Else the log would be closed before the broker has said how its shutdown went.
    "shutdownHook = disable",
    "appender.console.type = Console",
    "appender.console.name = console",
    "appender.console.layout.type = PatternLayout",
    "appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.} - %m%n",
    "rootLogger.level = info",
    "rootLogger.appenderRef.console.ref = console",
    `logger.quiet.name = ${name}`,
    `logger.quiet.level = ${level}`,
    "",
  ].join("\n");
}
