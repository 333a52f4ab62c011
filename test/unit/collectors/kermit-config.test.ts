import fc from "fast-check";
import { parse } from "ini";
import { describe, expect, test } from "vitest";
import { amqpqueueCfg } from "../../../components/collectors/amqpqueue-cfg";
import { kermitCfg } from "../../../components/collectors/kermit-cfg";

/** Reads as MCollective does: a setting a line, cut at the first `=`; `#` begins a comment line. */
function mcollective(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const [, key, value] = /^([^=]+?)\s*=\s*(.+)$/.exec(trimmed) ?? [];
    if (key === undefined || value === undefined) throw new Error(`not a setting: ${line}`);
    if (key in values) throw new Error(`set twice: ${key}`);
    values[key] = value;
  }
  return values;
}

const documents = {
  outputDir: "/var/lib/kermit/queue",
  amqpCfg: "/etc/kermit/amqpqueue.cfg",
  inventoryQueue: "kermit.inventory",
  logQueue: "kermit.log",
};

describe("kermit.cfg", () => {
  test("K7: exactly these 4 keys in [amqpqueue], without a space at a line's end", () => {
    expect(kermitCfg(documents)).toBe(
      [
        "[amqpqueue]",
        "outputdir = /var/lib/kermit/queue",
        "amqpcfg = /etc/kermit/amqpqueue.cfg",
        "inventoryqueuename = /queue/kermit.inventory",
        "logqueuename = /queue/kermit.log",
        "",
      ].join("\n"),
    );
  });

  test("K7: an INI parser reads the same", () => {
    expect(parse(kermitCfg(documents))).toEqual({
      amqpqueue: {
        outputdir: "/var/lib/kermit/queue",
        amqpcfg: "/etc/kermit/amqpqueue.cfg",
        inventoryqueuename: "/queue/kermit.inventory",
        logqueuename: "/queue/kermit.log",
      },
    });
  });

  test("K7: any queue name that a stack file may have arrives unchanged", () => {
    const queue = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._:-]{0,30}$/);
    fc.assert(
      fc.property(queue, queue, (inventoryQueue, logQueue) => {
        const read = parse(kermitCfg({ ...documents, inventoryQueue, logQueue })) as {
          amqpqueue: Record<string, unknown>;
        };
        expect(read.amqpqueue).toMatchObject({
          inventoryqueuename: `/queue/${inventoryQueue}`,
          logqueuename: `/queue/${logQueue}`,
        });
      }),
    );
  });
});

const login = { host: "127.0.0.1", port: 36163, user: "kermit-sender", password: "Pass-word-123" };
const cfg = (stomp: Partial<typeof login> = {}) =>
  amqpqueueCfg({ keyDir: "/etc/kermit/ssl", keyName: "q", stomp: { ...login, ...stomp } });

const expected = {
  topicprefix: "/topic/",
  main_collective: "mcollective",
  collectives: "mcollective",
  libdir: "/usr/libexec/mcollective",
  logfile: "/tmp/kermit.log",
  loglevel: "info",
  securityprovider: "ssl",
  "plugin.ssl_client_public": "/etc/kermit/ssl/q-public.pem",
  "plugin.ssl_client_private": "/etc/kermit/ssl/q-private.pem",
  "plugin.ssl_client_cert_dir": "/etc/kermit/ssl",
  connector: "stomp",
  "plugin.stomp.host": "127.0.0.1",
  "plugin.stomp.port": "36163",
  "plugin.stomp.user": "kermit-sender",
  "plugin.stomp.password": "Pass-word-123",
};

describe("amqpqueue.cfg", () => {
  test("K8: MCollective reads these 15 keys", () => {
    expect(Object.keys(expected)).toHaveLength(15);
    expect(mcollective(cfg())).toStrictEqual(expected);
  });

  test("K8: an INI parser reads the same", () => {
    expect({ ...parse(cfg()) }).toStrictEqual(expected);
  });

  test("K8: no space at a line's end, one newline at the file's", () => {
    expect(cfg()).not.toMatch(/[ \t]$/m);
    expect(cfg()).toMatch(/[^\n]\n$/);
  });

  test.each([6163, 61613, 61614])("K9: STOMP port %d", (port) => {
    expect(mcollective(cfg({ port }))["plugin.stomp.port"]).toBe(String(port));
  });

  test("K3: the files of another key pair", () => {
    const read = mcollective(amqpqueueCfg({ keyDir: "/k", keyName: "site", stomp: login }));
    expect(read).toMatchObject({
      "plugin.ssl_client_public": "/k/site-public.pem",
      "plugin.ssl_client_private": "/k/site-private.pem",
      "plugin.ssl_client_cert_dir": "/k",
    });
  });

  test("both readers get any password of the allowed characters, or it is refused without being said", () => {
    const password = fc.stringMatching(/^[!-~]{12,128}$/);
    fc.assert(
      fc.property(password, (any) => {
        let text: string;
        try {
          text = cfg({ password: any });
        } catch (error) {
          expect(any).toMatch(/^\[|["';#=\\]/);
          expect((error as Error).message).not.toContain(any);
          return;
        }
        expect(any).not.toMatch(/["';#=\\]/);
        expect(mcollective(text)["plugin.stomp.password"]).toBe(any);
        expect((parse(text) as Record<string, unknown>)["plugin.stomp.password"]).toBe(any);
      }),
      { numRuns: 1000 },
    );
  });

  test("a password that begins with a bracket is refused: an INI writer would quote it", () => {
    expect(() => cfg({ password: "[abcdefghijkl" })).toThrow(
      /^amqpqueue\.cfg: plugin\.stomp\.password /,
    );
  });

  test.each(["a b", "a\nb", "a;b", "a#b", "a=b", 'a"b', "a'b", "a\\b", "é", ""])(
    "the password %j is refused without being said",
    (password) => {
      const refused = `amqpqueue.cfg: plugin.stomp.password holds a space, a control character, one of " ' ; # = \\, or begins with [, which the file cannot hold; choose another value`;
      expect(() => cfg({ password })).toThrow(new Error(refused));
    },
  );
});
