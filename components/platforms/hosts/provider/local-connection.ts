import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import * as readline from "node:readline";

import type {
  Account,
  Connection,
  ExecOptions,
  ExecResult,
  Listener,
  Ownership,
  PathInfo,
  Probe,
} from "./connection";
import { HostError } from "./kind";
import { findListeners } from "./listeners";

const probeTimeoutMs = 2000;

/** This machine, in the name of the user that runs the provider. */
export class LocalConnection implements Connection {
  readonly node = process.execPath;

  /** @param engine The engine's process, where one started this. */
  constructor(private readonly engine?: number) {}

  async effectiveUser(): Promise<Account> {
    const uid = process.geteuid?.() ?? 0;
    const gid = process.getegid?.() ?? 0;
    return (await this.account(String(uid))) ?? { name: String(uid), uid, gid, home: os.homedir() };
  }

  async account(user: string): Promise<Account | undefined> {
    const fields = await this.entry("passwd", user);
    const [name, , uid, gid, , home] = fields ?? [];
    return name === undefined
      ? undefined
      : { name, uid: Number(uid), gid: Number(gid), home: home ?? "/" };
  }

  async groupName(group: string): Promise<string> {
    return (await this.entry("group", group))?.[0] ?? group;
  }

  exec(command: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const [program = "", ...args] = command;
    return new Promise((resolve) => {
      // A process group of its own: an interrupt at the terminal must not end an installer midway.
      const child = spawn(program, args, {
        cwd: "/",
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          HOME: os.userInfo().homedir,
          LANG: "C.UTF-8",
          ...options.env,
        },
      });
      const output = { stdout: "", stderr: "" };
      for (const stream of ["stdout", "stderr"] as const) {
        readline.createInterface({ input: child[stream] }).on("line", (line) => {
          output[stream] += `${line}\n`;
          options.onLine?.(line);
        });
      }
      child.on("error", (error) => {
        resolve({ code: 127, stdout: "", stderr: error.message });
      });
      child.on("close", (code, signal) => {
        resolve({ code: code ?? 128 + os.constants.signals[signal ?? "SIGKILL"], ...output });
      });
    });
  }

  async stat(target: string): Promise<PathInfo | undefined> {
    const stats = await orUndefined(fs.lstat(target));
    if (stats === undefined) {
      return undefined;
    }
    const kind = stats.isFile()
      ? "file"
      : stats.isDirectory()
        ? "directory"
        : stats.isSymbolicLink()
          ? "link"
          : "other";
    return {
      kind,
      owner: (await this.account(String(stats.uid)))?.name ?? String(stats.uid),
      group: await this.groupName(String(stats.gid)),
      mode: (stats.mode & 0o7777).toString(8).padStart(4, "0"),
    };
  }

  read(file: string): Promise<Buffer | undefined> {
    return orUndefined(fs.readFile(file));
  }

  async modified(target: string): Promise<Date | undefined> {
    return (await orUndefined(fs.lstat(target)))?.mtime;
  }

  async list(directory: string): Promise<string[]> {
    return (await orUndefined(fs.readdir(directory))) ?? [];
  }

  async write(file: string, content: string | Buffer, ownership: Ownership): Promise<void> {
    const directory = path.dirname(file);
    const temporary = path.join(
      directory,
      `.${path.basename(file)}.${randomBytes(6).toString("hex")}`,
    );
    const { uid, gid } = await this.numbers(ownership);
    // Nobody else may read it before its owner and mode are right, and they are right before it has content.
    const handle = await fs.open(temporary, "wx", 0o600);
    try {
      await handle.chown(uid, gid);
      await handle.chmod(parseInt(ownership.mode, 8));
      await handle.writeFile(content);
      await handle.sync();
      await fs.rename(temporary, file);
    } catch (error) {
      await fs.rm(temporary, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    await syncDirectory(directory);
  }

  async makeDirectory(directory: string, mode: string): Promise<boolean> {
    try {
      await fs.mkdir(directory, parseInt(mode, 8));
    } catch (error) {
      if (hasCode(error, "EEXIST") && (await fs.stat(directory)).isDirectory()) {
        return false;
      }
      throw error;
    }
    await fs.chmod(directory, parseInt(mode, 8)); // whatever the umask is
    return true;
  }

  async own(target: string, ownership: Ownership): Promise<void> {
    const { uid, gid } = await this.numbers(ownership);
    await fs.lchown(target, uid, gid);
    await fs.chmod(target, parseInt(ownership.mode, 8));
  }

  async link(file: string, other: string): Promise<boolean> {
    try {
      await fs.link(file, other);
      return true;
    } catch (error) {
      if (hasCode(error, "EEXIST")) {
        return false;
      }
      throw error;
    }
  }

  async rename(file: string, other: string): Promise<void> {
    await fs.rename(file, other);
  }

  async remove(target: string): Promise<boolean> {
    try {
      const stats = await orUndefined(fs.lstat(target));
      await (stats?.isDirectory() ? fs.rmdir(target) : fs.rm(target, { force: true }));
      return true;
    } catch (error) {
      // Another resource may have removed the directory that they share at the same time.
      if (hasCode(error, "ENOENT")) {
        return true;
      }
      if (hasCode(error, "ENOTEMPTY", "EEXIST")) {
        return false;
      }
      throw error;
    }
  }

  async removeTree(directory: string): Promise<void> {
    await fs.rm(directory, { recursive: true, force: true });
  }

  async writable(directory: string): Promise<boolean> {
    try {
      await fs.access(directory, fs.constants.W_OK | fs.constants.X_OK);
      return true;
    } catch {
      return false;
    }
  }

  listeners(ports: readonly number[]): Promise<Listener[]> {
    return findListeners(ports, this.engine);
  }

  probe(probe: Probe): Promise<boolean> {
    return "tcp" in probe ? connects(probe.tcp) : answers(probe.http);
  }

  private async numbers(ownership: Ownership): Promise<{ uid: number; gid: number }> {
    const uid = (await this.account(ownership.owner))?.uid ?? numeric(ownership.owner);
    const gid = Number(
      (await this.entry("group", ownership.group))?.[2] ?? numeric(ownership.group),
    );
    if (uid === undefined) {
      throw new HostError(`there is no user "${ownership.owner}"; create it first (HostUser)`);
    }
    if (Number.isNaN(gid)) {
      throw new HostError(`there is no group "${ownership.group}"; create it first`);
    }
    return { uid, gid };
  }

  /** A line of the user or group database by name or number, in fields. */
  private async entry(database: "passwd" | "group", key: string): Promise<string[] | undefined> {
    const index = numeric(key) === undefined ? 0 : 2;
    const text = (await this.read(`/etc/${database}`))?.toString() ?? "";
    for (const line of text.split("\n")) {
      const fields = line.split(":");
      if (fields[index] === key) {
        return fields;
      }
    }
    // Accounts of a directory service are not in the file.
    const result = await this.exec(["getent", database, key]);
    return result.code === 0 ? result.stdout.trim().split(":") : undefined;
  }
}

function numeric(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? "");
}

async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) {
      return undefined;
    }
    throw error;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function connects(address: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ ...address, timeout: probeTimeoutMs });
    const end = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.on("connect", () => {
      end(true);
    });
    socket.on("timeout", () => {
      end(false);
    });
    socket.on("error", () => {
      end(false);
    });
  });
}

function answers(url: string): Promise<boolean> {
  const client = url.startsWith("https:") ? https : http;
  return new Promise((resolve) => {
    // The certificate is not the question here, only whether something answers.
    const options = { timeout: probeTimeoutMs, rejectUnauthorized: false, agent: false };
    const request = client.get(url, options, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 500);
    });
    request.on("timeout", () => {
      request.destroy();
      resolve(false);
    });
    request.on("error", () => {
      resolve(false);
    });
  });
}
