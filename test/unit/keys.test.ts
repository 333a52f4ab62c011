import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { ReceiverArgs } from "../../components/collectors/hosts/receiver";
import type { SenderArgs } from "../../components/collectors/hosts/sender";
import { PrivateHalf, PublicHalf, SigningKeyPair } from "../../components/keys/signing-key-pair";
import { clearText, generatedPair, isSecretOutput, record, value } from "../support/mocks";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a generated pair", () => {
  test("K2: is one RSA key of the given size, and nothing under /tmp", async () => {
    const { result, resources } = await record(
      () => new SigningKeyPair("kermit-signing", { fileName: "q", bits: 2048 }),
    );
    expect(
      resources.map(({ type, name, inputs, parent }) => ({ type, name, inputs, parent })),
    ).toStrictEqual([
      {
        type: "mq:index:SigningKeyPair",
        name: "kermit-signing",
        inputs: { fileName: "q", bits: 2048 },
        parent: undefined,
      },
      {
        type: "tls:index/privateKey:PrivateKey",
        name: "kermit-signing",
        inputs: { algorithm: "RSA", rsaBits: 2048 },
        parent: "mq:index:SigningKeyPair::kermit-signing",
      },
    ]);
    expect(resources.flatMap(({ inputs }) => clearText(inputs)).join("\n")).not.toContain("/tmp");
    expect(await value(result.privateHalf.pem)).toBe(generatedPair.privateKey);
    expect(await value(result.publicHalf.pem)).toBe(generatedPair.publicKey);
  });

  test("K2: has 3072 bits where nothing else is said", async () => {
    const { resources } = await record(() => new SigningKeyPair("k", { fileName: "q" }));
    expect(resources.filter(({ custom }) => custom).map(({ inputs }) => inputs)).toStrictEqual([
      { algorithm: "RSA", rsaBits: 3072 },
    ]);
  });

  test("K3: its files are q-private.pem and q-public.pem; another name renames both", async () => {
    const names: string[][] = [];
    for (const fileName of ["q", "site"]) {
      const { result } = await record(() => new SigningKeyPair("k", { fileName }));
      names.push([result.privateHalf.fileName, result.publicHalf.fileName]);
    }
    expect(names).toStrictEqual([
      ["q-private.pem", "q-public.pem"],
      ["site-private.pem", "site-public.pem"],
    ]);
  });

  test("X5: the private half is a secret, the public one is not", async () => {
    const { result } = await record(() => new SigningKeyPair("k", { fileName: "q" }));
    expect(await isSecretOutput(result.privateHalf.pem)).toBe(true);
    expect(await isSecretOutput(result.publicHalf.pem)).toBe(false);
  });
});

describe("K33: an own pair", () => {
  const existing = () => ({
    privateKey: pulumi.output(generatedPair.privateKey),
    publicKey: generatedPair.publicKey,
  });

  test("nothing is generated", async () => {
    const { resources } = await record(
      () => new SigningKeyPair("k", { fileName: "q", bits: 3072, existing: existing() }),
    );
    expect(resources.map(({ type }) => type)).toStrictEqual(["mq:index:SigningKeyPair"]);
    expect(clearText(resources[0]?.inputs).join("\n")).not.toContain("KEY");
  });

  test("the private half is a secret whatever it was before", async () => {
    const { result } = await record(
      () => new SigningKeyPair("k", { fileName: "q", existing: existing() }),
    );
    expect(await isSecretOutput(result.privateHalf.pem)).toBe(true);
    expect(await value(result.privateHalf.pem)).toBe(generatedPair.privateKey);
    expect(await value(result.publicHalf.pem)).toBe(generatedPair.publicKey);
  });
});

test("K4, K5: a half does not stand in for the other: these lines must not compile", () => {
  const privateHalf = new PrivateHalf("q-private.pem", pulumi.output("private"));
  const publicHalf = new PublicHalf("q-public.pem", pulumi.output("public"));
  const takesPublic = (args: Pick<ReceiverArgs, "publicKey">) => args.publicKey.fileName;
  const takesPrivate = (args: Pick<SenderArgs, "privateKey">) => args.privateKey.fileName;
  /* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- wrong on purpose */
  // The checker reads these lines (npm run typecheck): without an error below them, it fails.
  // @ts-expect-error a receiver with the private half
  takesPublic({ publicKey: privateHalf });
  // @ts-expect-error a sender with the public half
  takesPrivate({ privateKey: publicHalf });
  // @ts-expect-error a look-alike is none
  takesPrivate({ privateKey: { fileName: "q-private.pem", pem: pulumi.output("private") } });
  /* eslint-enable @typescript-eslint/no-unsafe-class-instance-assignment */
  expect([
    takesPublic({ publicKey: publicHalf }),
    takesPrivate({ privateKey: privateHalf }),
  ]).toStrictEqual(["q-public.pem", "q-private.pem"]);
});
