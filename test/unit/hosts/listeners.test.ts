import { createServer } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import {
  findListeners,
  parseSocketTable,
} from "../../../components/platforms/hosts/provider/listeners";

const row = (address: string, state: string): string =>
  `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 1613 1 0`;

test("sockets that take connections to 127.0.0.1 are found in the kernel's table", () => {
  const zero = "0".repeat(32);
  const table = [
    "  sl  local_address rem_address   st tx_queue",
    row("0100007F:1F90", "0A"),
    row("00000000:1F91", "0A"),
    row(`${zero}:1F92`, "0A"),
    row("0000000000000000FFFF00000100007F:1F93", "0A"),
    row("0100007F:1F94", "01"), // established
    row("0202A8C0:1F95", "0A"), // another address
    "",
  ].join("\n");
  expect(parseSocketTable(table).map(({ port }) => port)).toEqual([8080, 8081, 8082, 8083]);
  expect(parseSocketTable(table)[0]?.inode).toBe("1613");
});

test("who listens is found, with process and program", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  expect(await findListeners([port])).toEqual([
    expect.objectContaining({ port, pid: process.pid, program: expect.any(String) as string }),
  ]);
  expect(await findListeners([port], process.ppid)).toEqual([]); // the engine's, when it is the parent
  server.close();
  await once(server, "close");
  expect(await findListeners([port])).toEqual([]);
});
