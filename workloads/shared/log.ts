/** Severity of a log line. */
export type Level = "info" | "warn" | "error";

/** Writes one event as one line. */
export type Log = (level: Level, text: string) => void;

/** One line on standard output: time, level, text. What came from outside must be quoted before. */
export const logToStdout: Log = (level, text) => {
  process.stdout.write(`${new Date().toISOString()} ${level} ${text}\n`);
};

/** Text from outside (a header, a broker's answer) as a safe part of a log line. */
export function quote(text: string, maxLength = 200): string {
  return JSON.stringify(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text);
}
