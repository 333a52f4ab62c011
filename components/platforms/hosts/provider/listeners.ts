import * as fs from "node:fs/promises";

import { serviceVariable } from "../../../../workloads/supervisor/spec";
import type { Listener } from "./connection";

/** State of a listening socket in /proc/net/tcp (Linux, include/net/tcp_states.h: TCP_LISTEN). */
const listenState = "0A";

/** Local addresses, as the kernel prints them, that take connections to 127.0.0.1: itself and the wildcards. */
const loopbackOrAny =
  /^(0100007F|00000000|00000000000000000000000000000000|0000000000000000FFFF00000100007F)$/;

/** A listening socket. */
export interface ListeningSocket {
  port: number;
  inode: string;
}

/**
 * The sockets that take connections to 127.0.0.1 (proc(5), /proc/net/tcp).
 *
 * @param table Text of /proc/net/tcp or /proc/net/tcp6.
 */
export function parseSocketTable(table: string): ListeningSocket[] {
  return table.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [address = "", port = ""] = fields[1]?.split(":") ?? [];
    return fields[3] === listenState && loopbackOrAny.test(address)
      ? [{ port: parseInt(port, 16), inode: fields[9] ?? "" }]
      : [];
  });
}

/**
 * Who listens on the ports of this machine.
 *
 * @param ports The ports to look for.
 * @param ignore A process that does not count, nor what it started: the engine and its plugins listen on
 *   ports that the kernel gave them, and only while they run.
 */
export async function findListeners(
  ports: readonly number[],
  ignore?: number,
): Promise<Listener[]> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => fs.readFile(file, "utf8").catch(() => "")),
  );
  const sockets = tables.flatMap(parseSocketTable).filter((socket) => ports.includes(socket.port));
  if (sockets.length === 0) {
    return [];
  }
  const owners = await socketOwners(new Set(sockets.map((socket) => socket.inode)));
  const listeners: Listener[] = [];
  for (const { port, inode } of sockets) {
    const pid = owners.get(inode);
    if (pid === undefined) {
      listeners.push({ port });
    } else if (ignore === undefined || !(await descendsFrom(pid, ignore))) {
      listeners.push({ port, pid, ...(await describe(pid)) });
    }
  }
  return listeners;
}

async function descendsFrom(pid: number, ancestor: number): Promise<boolean> {
  for (let at = pid; at > 1;) {
    if (at === ancestor) {
      return true;
    }
    const status = await fs.readFile(`/proc/${String(at)}/status`, "utf8").catch(() => "");
    at = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
  }
  return false;
}

async function socketOwners(inodes: ReadonlySet<string>): Promise<Map<string, number>> {
  const owners = new Map<string, number>();
  const pids = (await fs.readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const names = await fs.readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const name of names) {
      const target = await fs.readlink(`/proc/${pid}/fd/${name}`).catch(() => "");
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) {
        owners.set(inode, Number(pid));
      }
    }
  }
  return owners;
}

async function describe(pid: number): Promise<Pick<Listener, "program" | "service">> {
  const [commandLine, environment, cgroup] = await Promise.all(
    ["cmdline", "environ", "cgroup"].map((file) =>
      fs.readFile(`/proc/${String(pid)}/${file}`, "utf8").catch(() => ""),
    ),
  );
  const program = commandLine?.split("\0")[0];
  const unit = /\/([^/]+\.service)$/m.exec(cgroup ?? "")?.[1];
  const mark = environment?.split("\0").find((entry) => entry.startsWith(`${serviceVariable}=`));
  const service = mark?.slice(serviceVariable.length + 1) ?? unit;
  return {
    ...(program && { program }),
    ...(service && { service }),
  };
}
