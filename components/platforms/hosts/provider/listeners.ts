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
 */
export async function findListeners(ports: readonly number[]): Promise<Listener[]> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => fs.readFile(file, "utf8").catch(() => "")),
  );
  const sockets = tables.flatMap(parseSocketTable).filter((socket) => ports.includes(socket.port));
  if (sockets.length === 0) {
    return [];
  }
  const owners = await socketOwners(new Set(sockets.map((socket) => socket.inode)));
  return Promise.all(
    sockets.map(async ({ port, inode }) => {
      const pid = owners.get(inode);
      return pid === undefined ? { port } : { port, pid, ...(await describe(pid)) };
    }),
  );
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
  const [commandLine, environment] = await Promise.all(
    ["cmdline", "environ"].map((file) =>
      fs.readFile(`/proc/${pid}/${file}`, "utf8").catch(() => ""),
    ),
  );
  const program = commandLine?.split("\0")[0];
  const mark = environment?.split("\0").find((entry) => entry.startsWith(`${serviceVariable}=`));
  return {
    ...(program && { program }),
    ...(mark && { service: mark.slice(serviceVariable.length + 1) }),
  };
}
