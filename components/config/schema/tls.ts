import { z } from "zod";
import { dnsName, objectName } from "../names";

const days = (most: number, what: string) =>
  z
    .int({ error: "a lifetime is a whole number of days; write it without quotes" })
    .min(1, { error: "a lifetime is at least 1 day; choose a longer one", abort: true })
    .max(most, { error: `${what} lives ${String(most)} days at most; choose fewer` });

/** TLS of a broker on Kubernetes. */
export const tls = z
  .strictObject({
    clientCertificates: z.boolean().default(false).meta({
      description:
        "Whether clients must show a certificate on AMQP and STOMP, beside their password. Default false.",
    }),
    plainListeners: z
      .boolean()
      .default(false)
      .meta({ description: "Keep the plain listeners open too. Default false." }),
    names: z
      .array(dnsName)
      .default([])
      .meta({ description: "DNS names beside those of the Services. Default none." }),
    lifetimeDays: days(398, "a certificate")
      .default(90)
      .meta({ description: "Lifetime of a certificate in days. Default 90." }),
    renewBeforeDays: days(397, "a certificate")
      .default(30)
      .meta({ description: "Renewed by an `up` this many days before its end. Default 30." }),
    caLifetimeDays: days(3650, "a CA")
      .default(3650)
      .meta({ description: "Lifetime of the CA in days. Default 3650." }),
    caRenewBeforeDays: days(3649, "a CA")
      .default(365)
      .meta({ description: "Renewed by an `up` this many days before its end. Default 365." }),
    existing: z
      .strictObject({
        certificate: z.string().meta({ description: "PEM, or a path on this machine." }),
        privateKey: z.string().meta({
          description: "PEM (only by `pulumi config set --secret`), or a path on this machine.",
        }),
        ca: z.string().meta({ description: "PEM of its CA, or a path on this machine." }),
      })
      .optional()
      .meta({ description: "An own certificate: nothing is issued." }),
    secret: z
      .strictObject({
        server: objectName.meta({
          description: "Secret in the namespace with tls.crt, tls.key and ca.crt.",
        }),
        client: objectName.optional().meta({
          description: "Secret with the clients' tls.crt and tls.key; for clientCertificates.",
        }),
      })
      .optional()
      .meta({ description: "Secrets that are there: nothing is issued." }),
    issuer: z
      .strictObject({
        name: objectName.meta({ description: "Name of the issuer." }),
        kind: z
          .enum(["Issuer", "ClusterIssuer"], {
            error: 'an issuer is an "Issuer" or "ClusterIssuer"',
          })
          .default("Issuer")
          .meta({ description: "Its kind. Default Issuer." }),
      })
      .optional()
      .meta({ description: "cert-manager issues and renews the certificates." }),
  })
  .refine((tls) => [tls.existing, tls.secret, tls.issuer].filter((way) => way).length <= 1, {
    error: "the certificates come from one of existing, secret and issuer; remove the others",
  })
  .refine((tls) => tls.renewBeforeDays < tls.lifetimeDays, {
    path: ["renewBeforeDays"],
    error: "a certificate is renewed before its end: fewer days than lifetimeDays; choose fewer",
  })
  .refine((tls) => tls.caRenewBeforeDays < tls.caLifetimeDays, {
    path: ["caRenewBeforeDays"],
    error: "a CA is renewed before its end: fewer days than caLifetimeDays; choose fewer",
  })
  .refine(
    (tls) => !tls.clientCertificates || tls.secret === undefined || tls.secret.client !== undefined,
    {
      path: ["secret", "client"],
      error: "missing; clientCertificates needs it: name the Secret with the clients' certificate",
    },
  );
