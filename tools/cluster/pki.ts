import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { UserError } from "../lib/command";
import { run } from "../lib/process";
import { clusterName } from "./paths";

const days = "3650";
const elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];

/** Whom a certificate is for. */
export interface CertificateOptions {
  /** The user, as Kubernetes takes it from a client's certificate. */
  readonly commonName: string;
  /** The user's group. */
  readonly organization?: string;
  /** Names and addresses of a server; none for a mere client. */
  readonly hosts?: readonly string[];
}

/** A certificate of a server and its key, as files. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** The certificate extensions of an identity, as OpenSSL takes them. */
export function extensions({ hosts = [] }: CertificateOptions): string[] {
  const names = hosts.map((host) => `${isIP(host) === 0 ? "DNS" : "IP"}:${host}`);
  return [
    "basicConstraints=critical,CA:FALSE",
    `extendedKeyUsage=clientAuth${names.length === 0 ? "" : ",serverAuth"}`,
    ...(names.length === 0 ? [] : [`subjectAltName=${names.join(",")}`]),
  ];
}

/** A certificate authority that lives as long as its cluster: all files are in one folder. */
export class Authority {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(folder: string): Promise<Authority> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // The system's configuration would add extensions of its own.
    writeFileSync(join(folder, "openssl.cnf"), "[req]\ndistinguished_name = none\n[none]\n");
    const authority = new Authority(folder);
    await authority.#request("ca", [`/CN=${clusterName}`], ["basicConstraints=critical,CA:TRUE"]);
    return authority;
  }

  /** Its own certificate. */
  get certificate(): string {
    return join(this.#folder, "ca.crt");
  }

  /** Its key, with which the controller manager signs what is asked for. */
  get key(): string {
    return join(this.#folder, "ca.key");
  }

  async issue(name: string, options: CertificateOptions): Promise<KeyPair> {
    const { organization, commonName } = options;
    const subject = `${organization === undefined ? "" : `/O=${organization}`}/CN=${commonName}`;
    const signer = ["-CA", this.certificate, "-CAkey", this.key];
    return this.#request(name, [subject, ...signer], extensions(options));
  }

  /** Issues a client's certificate and writes a kubeconfig with it. @returns the kubeconfig's path. */
  async kubeconfig(name: string, options: CertificateOptions, server: string): Promise<string> {
    const { certificate, key } = await this.issue(name, options);
    const base64 = (file: string): string => readFileSync(file).toString("base64");
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: clusterName,
          cluster: { server, "certificate-authority-data": base64(this.certificate) },
        },
      ],
      users: [
        {
          name,
          user: { "client-certificate-data": base64(certificate), "client-key-data": base64(key) },
        },
      ],
      contexts: [{ name: clusterName, context: { cluster: clusterName, user: name } }],
      "current-context": clusterName,
    };
    const file = join(this.#folder, `${name}.kubeconfig`);
    writeFileSync(file, stringify(config), { mode: 0o600 });
    return file;
  }

  /** The key pair that service accounts' tokens are signed with: not a certificate. */
  tokenKeys(): { readonly publicKey: string; readonly privateKey: string } {
    const { publicKey, privateKey } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "sec1", format: "pem" },
    });
    const files = {
      publicKey: join(this.#folder, "tokens.pub"),
      privateKey: join(this.#folder, "tokens.key"),
    };
    writeFileSync(files.publicKey, publicKey);
    writeFileSync(files.privateKey, privateKey, { mode: 0o600 });
    return files;
  }

  async #request(
    name: string,
    [subject, ...signer]: readonly [string, ...string[]],
    added: readonly string[],
  ): Promise<KeyPair> {
    const key = join(this.#folder, `${name}.key`);
    const certificate = join(this.#folder, `${name}.crt`);
    const { code, stderr } = await run(
      "openssl",
      [
        ...["req", "-x509", "-config", join(this.#folder, "openssl.cnf"), ...elliptic],
        ...["-days", days, "-subj", subject, ...signer, "-keyout", key, "-out", certificate],
        ...added.flatMap((extension) => ["-addext", extension]),
      ],
      { capture: true },
    );
    if (code === 0) return { key, certificate };
    throw new UserError(`cluster: openssl made no certificate for ${name}: ${stderr.trim()}`);
  }
}
