import { generateKeyPairSync } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fileNameProblem } from "../../../workloads/shared/file-name";
import { sign, verify, type Origin } from "../../../workloads/shared/signature";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const origin: Origin = {
  queue: "q",
  sender: "node-1",
  file: "a.json",
  sent: "2026-01-01T00:00:00Z",
};
const body = Buffer.from("bytes");

test("a signature holds for its own queue, sender, name, time and bytes only", () => {
  const signature = sign(origin, body, pair.privateKey);
  expect(verify(origin, body, pair.publicKey, signature)).toBe(true);
  for (const field of ["queue", "sender", "file", "sent"] as const) {
    expect(verify({ ...origin, [field]: "other" }, body, pair.publicKey, signature)).toBe(false);
  }
  expect(verify(origin, Buffer.from("bytes "), pair.publicKey, signature)).toBe(false);
  const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
  expect(verify(origin, body, stranger.publicKey, signature)).toBe(false);
  for (const rubbish of ["", "AAAA", "not base64"]) {
    expect(verify(origin, body, pair.publicKey, rubbish)).toBe(false);
  }
});

test("what is in one field cannot be moved into the next", () => {
  const signature = sign({ ...origin, sender: "ab", file: "c" }, body, pair.privateKey);
  const moved = { ...origin, sender: "a", file: "bc" };
  expect(verify(moved, body, pair.publicKey, signature)).toBe(false);
  // Nor can the end of the preamble and the beginning of the body.
  const empty = sign({ ...origin, sent: "" }, Buffer.from("1:x,"), pair.privateKey);
  expect(verify({ ...origin, sent: "1:x," }, Buffer.alloc(0), pair.publicKey, empty)).toBe(false);
});

test("file names: the rule", () => {
  const problems: [name: string, problem: string | undefined][] = [
    ["a.json", undefined],
    ["näme 😀 with spaces", undefined],
    [".hidden", undefined],
    ["...", undefined],
    ["a\\b", undefined],
    ["n".repeat(222), undefined],
    ["", "is empty"],
    [".", "names a folder"],
    ["..", "names a folder"],
    ["a/b", "has a slash"],
    ["a\0b", "has a control character"],
    ["a\nb", "has a control character"],
    ["a\u0085b", "has a control character"],
    ["\ud800", "is not valid Unicode"],
    ["n".repeat(223), "is longer than 222 bytes"],
    ["é".repeat(112), "is longer than 222 bytes"],
  ];
  for (const [name, problem] of problems)
    expect([name, fileNameProblem(name)]).toEqual([name, problem]);
});

test("file names: whatever is allowed is one entry of a folder", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
      if (fileNameProblem(name) !== undefined) return;
      const stored = `${"0".repeat(32)}-${name}`;
      expect(stored).not.toMatch(/[/\0]/);
      expect(Buffer.byteLength(stored)).toBeLessThanOrEqual(255);
      expect(Buffer.from(stored).toString()).toBe(stored);
    }),
  );
});
