import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LocalConnection } from "../../../components/platforms/hosts/provider/local-connection";

test("X7: a directory that several resources remove at the same time is gone, and none of them fails", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mq-remove-"));
  const connection = new LocalConnection();
  for (let round = 0; round < 20; round++) {
    const shared = join(folder, "shared");
    mkdirSync(shared);
    const removed = await Promise.all(Array.from({ length: 20 }, () => connection.remove(shared)));
    expect(removed).toEqual(Array.from({ length: 20 }, () => true));
    expect(existsSync(shared)).toBe(false);
  }
  rmSync(folder, { recursive: true });
});
