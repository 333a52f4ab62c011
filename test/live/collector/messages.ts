import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { files, type Message } from "./harness";

/** Of 9 kB: ahead of their acknowledgement Artemis sends so many bytes, not so many messages. */
const bodyOf = (name: string): string => `${name}\n`.repeat(800);

/** Messages whose body tells their name. */
export function* numbered(from: number, count: number): Iterable<Message> {
  for (let index = from; index < from + count; index += 1) {
    const file = `f${String(index)}.json`;
    yield { file, body: bodyOf(file) };
  }
}

/** All of the messages are there, each once, under its only name, with its own bytes. */
export function expectAll(folder: string, count: number): void {
  const names = files(folder);
  expect(names).toHaveLength(count);
  const bases = new Set(names.map((name) => name.slice(33)));
  expect(bases.size).toBe(count);
  for (const name of names) {
    expect(readFileSync(join(folder, name), "utf8")).toBe(bodyOf(name.slice(33)));
    const md5 = createHash("md5")
      .update(`node-1\0${name.slice(33)}`)
      .digest("hex");
    expect(name.slice(0, 32)).toBe(md5);
  }
  expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
}

/** How many files there are; a folder that is not there has none. */
export const count = (folder: string): number => {
  try {
    return files(folder).length;
  } catch {
    return 0;
  }
};
