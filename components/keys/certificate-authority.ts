import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** How long a certificate is valid, and when it is made anew. */
export interface Lifetime {
  readonly days: number;
  /** An `up` within so many days before the end makes the next one. */
  readonly renewBeforeDays: number;
}

/** Arguments of {@link CertificateAuthority}. */
export interface CertificateAuthorityArgs {
  readonly commonName: string;
  readonly lifetime: Lifetime;
  /** Whether the key is protected against deletion. */
  readonly protect: boolean;
}

/**
 * A certificate authority of a stack's own (ECDSA P-256). Its private key is in the state only, encrypted.
 *
 * A renewal keeps the key: what was signed before stays valid under the new certificate.
 */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** PEM. */
  readonly certificate: pulumi.Output<string>;
  /** PEM; always a Pulumi secret. For {@link Certificate} only. */
  readonly privateKey: pulumi.Output<string>;
  /** When the certificate ends, RFC 3339. */
  readonly expiry: pulumi.Output<string>;

  constructor(
    name: string,
    args: CertificateAuthorityArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { commonName, lifetime, protect } = args;
    super("mq:index:CertificateAuthority", name, { commonName, lifetime }, opts);
    // The key alone is protected: the engine could not renew a certificate that is.
    const key = new tls.PrivateKey(name, ecdsaP256, { parent: this, protect });
    const certificate = new tls.SelfSignedCert(
      name,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName },
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
        ...hours(lifetime),
      },
      { parent: this },
    );
    this.certificate = certificate.certPem;
    this.privateKey = pulumi.secret(key.privateKeyPem);
    this.expiry = certificate.validityEndTime;
    this.registerOutputs({ certificate: this.certificate, expiry: this.expiry });
  }
}

/** The kind of key of every certificate here. */
export const ecdsaP256 = { algorithm: "ECDSA", ecdsaCurve: "P256" } as const;

/** A lifetime as the provider takes it. */
export function hours({ days, renewBeforeDays }: Lifetime): {
  validityPeriodHours: number;
  earlyRenewalHours: number;
} {
  return { validityPeriodHours: days * 24, earlyRenewalHours: renewBeforeDays * 24 };
}
