import { readdirSync, readFileSync } from "node:fs";

/** The command lines of running processes whose environment holds a text, services left out. */
export function processesWith(text: string): string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && pid !== String(process.pid))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
        const service = /(^|\0)MQ_(SERVICE|SUPERVISOR)=/.test(environment);
        if (service || !environment.includes(text)) return [];
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    })
    .filter((commandLine) => commandLine !== "");
}

/** The command lines of running processes of services below a folder. */
export function servicesBelow(folder: string): string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
        const marks = [...environment.matchAll(/(?:^|\0)MQ_(?:SERVICE|SUPERVISOR)=([^\0]*)/g)];
        return marks.some(([, mark = ""]) => mark.startsWith(folder)) ? [pid] : [];
      } catch {
        return [];
      }
    });
}
