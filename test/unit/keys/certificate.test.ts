import { expect, test } from "vitest";
import { Certificate } from "../../../components/keys/certificate";
import { CertificateAuthority } from "../../../components/keys/certificate-authority";
import { isSecretOutput, record } from "../../support/mocks";

const lifetime = { days: 90, renewBeforeDays: 30 };

test("X5: private keys are secrets, certificates are not", async () => {
  const { result } = await record(() => {
    const authority = new CertificateAuthority("ca", {
      commonName: "ca",
      lifetime,
      protect: false,
    });
    const certificate = new Certificate("server", {
      authority,
      role: "server",
      commonName: "rabbitmq",
      names: ["rabbitmq"],
      lifetime,
    });
    return [authority, certificate];
  });
  for (const { certificate, privateKey, expiry } of result) {
    expect(await isSecretOutput(privateKey)).toBe(true);
    expect(await isSecretOutput(certificate)).toBe(false);
    expect(await isSecretOutput(expiry)).toBe(false);
  }
});
