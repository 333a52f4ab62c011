import type { TlsPlan } from "../config/topology";

/** A certificate that somebody is to make: for a broker, or for a client of it. */
export interface CertificateRequest {
  /** `server`, or `client-<user>`. */
  readonly name: string;
  /** Name of the Secret that holds it in the end. */
  readonly secret: string;
  /** Which side of a connection shows it. */
  readonly role: "server" | "client";
  /** Of a client: its user. */
  readonly commonName: string;
  /** DNS names that it is valid for. */
  readonly names: readonly string[];
}

/**
 * The `spec` of a cert-manager Certificate: key ECDSA P-256, a new one at each renewal.
 *
 * @see https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateSpec
 */
export function certificateSpec(
  { secret, role, commonName, names }: CertificateRequest,
  { lifetimeDays, renewBeforeDays }: TlsPlan,
  issuer: { readonly name: string; readonly issuerKind: string },
) {
  return {
    secretName: secret,
    commonName,
    dnsNames: [...names],
    duration: `${String(lifetimeDays * 24)}h0m0s`,
    renewBefore: `${String(renewBeforeDays * 24)}h0m0s`,
    usages: ["digital signature", `${role} auth`],
    privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
    issuerRef: { group: "cert-manager.io", kind: issuer.issuerKind, name: issuer.name },
  };
}
