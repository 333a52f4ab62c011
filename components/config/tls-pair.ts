import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { isPem, readPem } from "./pem-file";
import type { Problem } from "./problems";

/** An own certificate as PEM: with its intermediates, what to trust, and the private key. */
export interface TlsPairPem {
  readonly certificate: string;
  readonly ca: string;
  readonly privateKey: string;
}

type Part = keyof TlsPairPem;

interface Parsed {
  /** The certificate, then its intermediates. */
  readonly chain: readonly [X509Certificate, ...X509Certificate[]];
  readonly authorities: readonly [X509Certificate, ...X509Certificate[]];
  readonly key: KeyObject;
}

/**
 * Reads an own certificate, its key and its CA, each given as PEM or as a path on this machine, and checks that clients will
 * take them.
 *
 * @param options - `encrypted`: whether the stack file holds `mq:broker` encrypted, else a private PEM in it is refused;
 * `names`: DNS names (possibly with `*.` in front) and IP addresses that clients call the broker by; `now`: for tests.
 */
export function tlsPair(
  given: TlsPairPem,
  {
    encrypted,
    names,
    now = new Date(),
  }: { encrypted: boolean; names: readonly string[]; now?: Date },
): { pair?: TlsPairPem; problems: Problem[] } {
  if (isPem(given.privateKey) && !encrypted) {
    const message =
      "the private key stands in clear in the stack file; remove it and use `pulumi config set --secret --path mq:broker.tls.existing.privateKey`, or name a file";
    return { problems: [problem("privateKey", message)] };
  }
  const chain = certificates(given.certificate, "certificate");
  const authorities = certificates(given.ca, "ca");
  const key = privateKey(given.privateKey);
  if ("problem" in chain || "problem" in authorities || "problem" in key) {
    const problems = [chain, authorities, key].flatMap((part) =>
      "problem" in part ? [part.problem] : [],
    );
    return { problems };
  }
  const parsed = { chain: chain.all, authorities: authorities.all, key: key.key };
  const problems = [
    ...checkKey(parsed),
    ...checkDates(parsed, now),
    ...checkAuthority(parsed, now),
    ...checkNames(parsed, names),
  ];
  return problems.length > 0 ? { problems } : { pair: rendered(parsed), problems };
}

function problem(part: Part, message: string): Problem {
  return { path: ["broker", "tls", "existing", part], message };
}

function certificates(
  given: string,
  part: Part,
): { all: readonly [X509Certificate, ...X509Certificate[]] } | { problem: Problem } {
  const read = readPem(given);
  if ("message" in read) return { problem: problem(part, read.message) };
  if (read.pem.includes("PRIVATE KEY-----")) {
    const message = "holds a private key too; give the certificates alone";
    return { problem: problem(part, message) };
  }
  const blocks = read.pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g);
  try {
    const [first, ...more] = (blocks ?? []).map((block) => new X509Certificate(block));
    if (first !== undefined) return { all: [first, ...more] };
  } catch {
    // Said below.
  }
  return { problem: problem(part, "is no certificate in PEM; give one as PEM") };
}

function privateKey(given: string): { key: KeyObject } | { problem: Problem } {
  const read = readPem(given);
  if ("message" in read) return { problem: problem("privateKey", read.message) };
  try {
    return { key: createPrivateKey(read.pem) };
  } catch {
    const message = "is no private key in PEM; give one without a passphrase";
    return { problem: problem("privateKey", message) };
  }
}

function checkKey({ chain: [certificate], key }: Parsed): Problem[] {
  if (!certificate.checkPrivateKey(key)) {
    const message =
      "is not the key of mq:broker.tls.existing.certificate; give both of one pair (a chain begins with the broker's certificate)";
    return [problem("privateKey", message)];
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? Infinity;
  return bits < 2048
    ? [problem("privateKey", `${String(bits)} bits are weak; use RSA of 2048 or more, or ECDSA`)]
    : [];
}

function checkDates({ chain }: Parsed, now: Date): Problem[] {
  return chain.flatMap((certificate) => outOfDate("certificate", certificate, now) ?? []);
}

function outOfDate(part: Part, certificate: X509Certificate, now: Date): Problem | undefined {
  const from = new Date(certificate.validFrom);
  const to = new Date(certificate.validTo);
  if (now > to) return problem(part, `expired at ${to.toISOString()}; give one that is valid`);
  if (now >= from) return undefined;
  const message = `is not valid before ${from.toISOString()}; give one that is, or set this machine's clock`;
  return problem(part, message);
}

/** Whether one of the trusted certificates that the certificate leads to is valid; older ones may stand beside it. */
function checkAuthority(parsed: Parsed, now: Date): Problem[] {
  const dates = anchors(parsed).map((anchor) => outOfDate("ca", anchor, now));
  if (dates.includes(undefined)) return [];
  const message =
    "did not sign mq:broker.tls.existing.certificate; give the CA that did, and put intermediates behind the certificate";
  return [dates[0] ?? problem("ca", message)];
}

/** The trusted certificates that a path leads to, from the certificate over its intermediates. */
function anchors({ chain: [certificate, ...intermediates], authorities }: Parsed) {
  const issuerOf = (one: X509Certificate) => (by: X509Certificate) =>
    (by.ca || by.fingerprint256 === one.fingerprint256) &&
    one.checkIssued(by) &&
    one.verify(by.publicKey);
  let at: X509Certificate | undefined = certificate;
  while (at !== undefined) {
    const found = authorities.filter(issuerOf(at));
    if (found.length > 0) return found;
    const next = intermediates.findIndex(issuerOf(at));
    // Taken out, so that a circle of them has an end.
    at = next < 0 ? undefined : intermediates.splice(next, 1)[0];
  }
  return [];
}

function checkNames({ chain: [certificate] }: Parsed, names: readonly string[]): Problem[] {
  const missing = names.filter((name) => {
    if (isIP(name) !== 0) return certificate.checkIP(name) === undefined;
    // Any name that the wildcard stands for: a certificate has either it or nothing that would do.
    const host = name.replace(/^\*\./, "any-node.");
    return certificate.checkHost(host, { subject: "never" }) === undefined;
  });
  if (missing.length === 0) return [];
  const message = `is not valid for ${missing.join(", ")}, as clients call the broker; have it issued with these as subjectAltName`;
  return [problem("certificate", message)];
}

function rendered({ chain, authorities, key }: Parsed): TlsPairPem {
  const pem = (all: readonly X509Certificate[]): string => all.map(String).join("");
  return {
    certificate: pem(chain),
    ca: pem(authorities),
    privateKey: key.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
