import { isIP } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import {
  ecdsaP256,
  hours,
  type CertificateAuthority,
  type Lifetime,
} from "./certificate-authority";

/** Arguments of {@link Certificate}. */
export interface CertificateArgs {
  readonly authority: CertificateAuthority;
  /** Which side of a connection shows it. */
  readonly role: "server" | "client";
  /** Of a client: its user. X.509 has room for 64 characters. */
  readonly commonName: string;
  /** DNS names and IP addresses that it is valid for. */
  readonly names: readonly string[];
  readonly lifetime: Lifetime;
}

/** A certificate that a {@link CertificateAuthority} of ours signs, and its private key (ECDSA P-256). */
export class Certificate extends pulumi.ComponentResource {
  /** PEM. */
  readonly certificate: pulumi.Output<string>;
  /** PKCS #8 PEM; always a Pulumi secret. */
  readonly privateKey: pulumi.Output<string>;
  /** When the certificate ends, RFC 3339. */
  readonly expiry: pulumi.Output<string>;

  constructor(name: string, args: CertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    const { authority, role, commonName, names, lifetime } = args;
    super("mq:index:Certificate", name, { role, commonName, names, lifetime }, opts);
    const key = new tls.PrivateKey(name, ecdsaP256, { parent: this });
    const request = new tls.CertRequest(
      name,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName },
        dnsNames: names.filter((each) => isIP(each) === 0),
        ipAddresses: names.filter((each) => isIP(each) !== 0),
      },
      { parent: this },
    );
    const signed = new tls.LocallySignedCert(
      name,
      {
        certRequestPem: request.certRequestPem,
        caCertPem: authority.certificate,
        caPrivateKeyPem: authority.privateKey,
        allowedUses: ["digital_signature", `${role}_auth`],
        ...hours(lifetime),
      },
      { parent: this },
    );
    this.certificate = signed.certPem;
    this.privateKey = pulumi.secret(key.privateKeyPemPkcs8);
    this.expiry = signed.validityEndTime;
    this.registerOutputs({ certificate: this.certificate, expiry: this.expiry });
  }
}
