import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes a CA and certificates that it signed: `<name>.pem` and `<name>.key` in a folder, for two days and of no worth
 * elsewhere.
 *
 * @param leaves - subject alternative names by name, as OpenSSL writes them: `IP:127.0.0.1`.
 */
export function issueCertificates(
  folder: string,
  ca: string,
  leaves: Readonly<Record<string, string>> = {},
): void {
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  };
  const request = (name: string, ...args: string[]): void => {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    openssl("req", ...args, ...key, "-keyout", `${name}.key`, "-subj", `/CN=${name}`);
  };
  request(ca, "-x509", "-days", "2", "-out", `${ca}.pem`);
  for (const [name, names] of Object.entries(leaves)) {
    request(name, "-out", `${name}.csr`);
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
    const signed = ["-CA", `${ca}.pem`, "-CAkey", `${ca}.key`, "-CAcreateserial", "-days", "2"];
    const files = ["-in", `${name}.csr`, "-extfile", `${name}.ext`, "-out", `${name}.pem`];
    openssl("x509", "-req", ...signed, ...files);
  }
}
