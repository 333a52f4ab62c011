import { createWriteStream, mkdirSync, openSync, readSync, closeSync, rmSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { run } from "../lib/process";
import { isExecutable } from "./files";
import { cliVersion } from "./home";
import { cliExecutable, languageHostExecutable, pluginExecutable, title, type Part } from "./parts";

/** Where Pulumi's releases are downloaded from. */
const vendorSite = "https://get.pulumi.com";
/** A download that has not brought a byte for so long is given up. */
const stallMilliseconds = 10_000;
const remindMilliseconds = 10_000;

/** The vendor's downloads. Once they were found out of reach they are not tried again. */
export class Vendor {
  readonly #site: string;
  readonly #stall: number;
  #reachable = true;

  /**
   * @param site - address of the downloads.
   * @param stall - how long to wait for the next byte, in milliseconds.
   */
  constructor(site: string = vendorSite, stall: number = stallMilliseconds) {
    this.#site = site;
    this.#stall = stall;
  }

  /** Whether trying makes sense: until it has failed. */
  get reachable(): boolean {
    return this.#reachable;
  }

  /**
   * Downloads a part.
   *
   * @param dir - an empty folder to work in.
   * @param say - is told how it goes.
   * @returns the folder with the CLI's executables, or a plugin's archive; nothing where it is not to be had, which
   * `say` was told, then.
   */
  async download(
    part: Part,
    dir: string,
    say: (line: string) => void,
  ): Promise<string | undefined> {
    if (!this.#reachable) return undefined;
    const archive = join(dir, "archive.tar.gz");
    const url = `${this.#site}${releasePath(part)}`;
    let found: boolean;
    try {
      found = await this.#fetch(url, archive, (megabytes) => {
        say(`${title(part)}: downloaded ${megabytes} so far …`);
      });
    } catch (error) {
      this.#reachable = false;
      say(`the vendor's downloads cannot be reached (${reason(error)}): ${url}`);
      return undefined;
    }
    if (!found) {
      say(`${title(part)}: the vendor does not offer it for this machine: ${url}`);
      return undefined;
    }
    if (part.kind === "plugin") return archive;
    const unpacked = await unpackCli(part, archive, dir);
    if (unpacked === undefined) say(`${title(part)}: what the vendor offers does not run here`);
    return unpacked;
  }

  /** @returns false where the vendor does not have it; throws where it was not to be had from the vendor at all. */
  async #fetch(url: string, file: string, progress: (done: string) => void): Promise<boolean> {
    const stalled = new AbortController();
    const stall = setTimeout(() => {
      stalled.abort(new Error(`nothing came for ${String(this.#stall / 1000)} s`));
    }, this.#stall);
    let received = 0;
    const reminder = setInterval(() => {
      progress(`${String(Math.floor(received / 1e6))} MB`);
    }, remindMilliseconds);
    try {
      const response = await fetch(url, { signal: stalled.signal });
      if (response.status === 404) return false;
      if (!response.ok || response.body === null) {
        throw new Error(`it answered with status ${String(response.status)}`);
      }
      const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
      body.on("data", (chunk: Uint8Array) => {
        received += chunk.length;
        stall.refresh();
      });
      await pipeline(body, createWriteStream(file), { signal: stalled.signal });
      if (!isGzip(file)) throw new Error("it answered with something else than an archive");
      return true;
    } catch (error) {
      rmSync(file, { force: true });
      throw stalled.signal.aborted ? stalled.signal.reason : error;
    } finally {
      clearTimeout(stall);
      clearInterval(reminder);
    }
  }
}

/** Path of a part's archive at the vendor's, for this machine. */
export function releasePath({ kind, name, version }: Part): string {
  const cpu = arch();
  return kind === "cli"
    ? `/releases/sdk/pulumi-v${version}-${platform()}-${cpu}.tar.gz`
    : `/releases/plugins/${pluginExecutable(name)}-v${version}-${platform()}-${
        cpu === "x64" ? "amd64" : cpu
      }.tar.gz`;
}

/** A company's proxy answers with a page of its own where it lets nothing through. */
function isGzip(file: string): boolean {
  const start = Buffer.alloc(2);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, start);
  } finally {
    closeSync(descriptor);
  }
  return start.equals(Buffer.from([0x1f, 0x8b]));
}

/** @returns the folder of the executables; nothing where they do not run or are of another version. */
async function unpackCli(part: Part, archive: string, dir: string): Promise<string | undefined> {
  const target = join(dir, "unpacked");
  mkdirSync(target);
  const { code } = await run("tar", ["-xzf", archive, "-C", target], { capture: true });
  const bin = join(target, "pulumi");
  if (code !== 0 || !isExecutable(join(bin, languageHostExecutable))) return undefined;
  return (await cliVersion(join(bin, cliExecutable))) === part.version ? bin : undefined;
}

/** `fetch` says no more than "fetch failed"; why is in the cause. */
function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
