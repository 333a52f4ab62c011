import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exactly } from "../../../components/access/rabbitmq-permissions";

test.each<[string[], string]>([
  [[], "^$"],
  [["a"], "^a$"],
  [["a", "a"], "^a$"],
  [["kermit.log"], "^kermit\\.log$"],
  [["kermit.log", "kermit.inventory"], "^kermit\\.(inventory|log)$"],
  [["a.b.c", "a.b.d"], "^a\\.b\\.(c|d)$"],
  [["a.b", "a.b.c"], "^a\\.(b|b\\.c)$"],
  [["log", "logs"], "^(log|logs)$"],
  [["inventory", "log"], "^(inventory|log)$"],
])("%j is %s", (names, pattern) => {
  expect(exactly(names)).toBe(pattern);
});

/** Names with every metacharacter, dots, what is not ASCII, and beginnings in common; no newline. */
const name = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Array.from("\\^$.|?*+()[]{}#-/ &~:,=!<>'\"@_")),
      fc.constantFrom(
        "\\E",
        "\\d",
        "(?i)",
        "[^a]",
        ".*",
        "kermit.",
        "amq.",
        "a{2}",
        "é",
        "ß",
        "日本",
        "🐸",
      ),
      fc.string({ unit: "binary", maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join("").replace(/[\r\n\0]/g, ""))
  .filter((text) => text.length > 0);
const names = fc.array(name, { minLength: 1, maxLength: 5 });

/** The names, and what is near them: longer, shorter, other case, any sign for a dot. */
function near(list: readonly string[]): string[] {
  return list.flatMap((text) => [
    text,
    `x${text}`,
    `${text}x`,
    `${text}${text}`,
    text.slice(1),
    text.slice(0, -1),
    text.replaceAll(".", "X"),
    text.toUpperCase(),
    `(${text}`,
    `${text}|${text}`,
  ]);
}

describe("exactly, for any names", () => {
  test("matches them and nothing else", () => {
    fc.assert(
      fc.property(names, names, (granted, others) => {
        const pattern = new RegExp(exactly(granted));
        for (const candidate of [...near(granted), ...others, ""]) {
          expect([candidate, pattern.test(candidate)]).toStrictEqual([
            candidate,
            granted.includes(candidate),
          ]);
        }
      }),
    );
  });

  test("F31: does not depend on their order, nor on repetition", () => {
    fc.assert(
      fc.property(names, (granted) => {
        expect(exactly([...granted].reverse())).toBe(exactly(granted));
        expect(exactly([...granted, ...granted])).toBe(exactly(granted));
      }),
    );
  });

  test("stands for any queue name that a stack file may have in strict Unicode patterns too", () => {
    const queue = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._:]{0,20}$/);
    fc.assert(
      fc.property(fc.array(queue, { minLength: 1, maxLength: 5 }), queue, (granted, other) => {
        const pattern = new RegExp(exactly(granted), "u");
        for (const candidate of [...near(granted), other]) {
          expect(pattern.test(candidate)).toBe(granted.includes(candidate));
        }
      }),
    );
  });
});

const erlang = spawnSync("erl", ["-noshell", "-eval", "halt(0)."]).status === 0;

/** What RabbitMQ does with a pattern and a name: `re:run` on bytes. Both come in base64, a case a line. */
const run = `
  Read = fun Read() -> case io:get_line("") of
    eof -> ok;
    Line ->
      [Pattern, Name] = [base64:decode(Part) || Part <- string:split(string:trim(Line), " ")],
      io:format("~p~n", [re:run(Name, Pattern, [{capture, none}])]),
      Read()
    end end,
  Read(), halt(0).`;

test.skipIf(!erlang)("the broker's own engine (Erlang's re) agrees", () => {
  const lists = fc.sample(names, { numRuns: 60, seed: 12 });
  const cases = lists.flatMap((granted) =>
    [...near(granted)]
      .filter((candidate) => candidate !== "")
      .map((candidate) => ({
        pattern: exactly(granted),
        candidate,
        matches: granted.includes(candidate),
      })),
  );
  const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
  const { stdout, stderr, status } = spawnSync("erl", ["-noshell", "-eval", run], {
    input: cases
      .map(({ pattern, candidate }) => `${base64(pattern)} ${base64(candidate)}\n`)
      .join(""),
    encoding: "utf8",
  });
  expect([status, stderr]).toStrictEqual([0, ""]);
  const answers = stdout.trim().split("\n");
  expect(answers).toHaveLength(cases.length);
  const wrong = cases.filter(
    ({ matches }, index) => answers[index] !== (matches ? "match" : "nomatch"),
  );
  expect(wrong).toStrictEqual([]);
});
