import { X509Certificate } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { brokerPart } from "../brokers/kubernetes/names";
import type { BrokerKind, TlsPlan } from "../config/topology";
import { labelsOf } from "../platforms/kubernetes/labels";
import type { Scope } from "../platforms/kubernetes/scope";
import { certificateSpec, type CertificateRequest } from "./cert-manager";
import { Certificate } from "./certificate";
import { CertificateAuthority } from "./certificate-authority";
import { userObjectName } from "./user-object-name";

/** Arguments of {@link BrokerCertificates}. */
export interface BrokerCertificatesArgs {
  readonly scope: Scope;
  /** Whose they are; their Secrets' names begin with it. */
  readonly kind: BrokerKind;
  readonly tls: TlsPlan;
  /** PEM of the key of an own certificate; a Pulumi secret. */
  readonly key?: pulumi.Output<string>;
  /** Who gets a certificate where clients must show one. */
  readonly users: readonly string[];
  /** DNS names of the broker's Services. */
  readonly names: readonly string[];
}

/** What is known of certificates whose PEM this program sees. */
interface Seen {
  readonly ca: pulumi.Output<string>;
  readonly expiry: Readonly<Record<string, pulumi.Output<string>>>;
}

/**
 * The certificates of a broker on Kubernetes as Secrets, from any source that a {@link TlsPlan} names.
 *
 * Pods name the Secrets as text: what mounts them has to depend on this component.
 */
export class BrokerCertificates extends pulumi.ComponentResource {
  /** Name of the Secret with `tls.crt`, `tls.key` and `ca.crt`. */
  readonly serverSecret: string;
  /** Name of the Secret whose `ca.crt` is what to trust; mount that item alone. */
  readonly caSecret: string;
  /** Name of the Secret with a user's `tls.crt` and `tls.key`; undefined where there is none. */
  readonly clientSecret: (user: string) => string | undefined;
  /** PEM of what to trust, possibly several certificates; undefined where only the cluster has it. */
  readonly ca: pulumi.Output<string> | undefined;
  /** When each ends, RFC 3339, by name: `ca`, `server`, `client-<user>`; empty where only the cluster knows. */
  readonly expiry: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(
    private readonly name: string,
    private readonly args: BrokerCertificatesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { source } = args.tls;
    super("mq:index:BrokerCertificates", name, { source: source.kind }, opts);
    const seen = this.make(source);
    this.serverSecret = source.kind === "secret" ? source.server : this.secretOf("tls");
    this.caSecret = seen === undefined ? this.serverSecret : this.secretOf("ca");
    this.clientSecret = clientSecrets(args);
    this.ca = seen?.ca;
    this.expiry = seen?.expiry ?? {};
    this.registerOutputs({ expiry: this.expiry });
  }

  private make(source: TlsPlan["source"]): Seen | undefined {
    switch (source.kind) {
      case "ca":
        return this.sign();
      case "pem":
        return this.take(source);
      case "issuer":
        this.request(source);
        return undefined;
      case "secret":
        return undefined;
    }
  }

  /** Has an authority of our own sign all of them. */
  private sign(): Seen {
    const { tls, scope } = this.args;
    const authority = new CertificateAuthority(
      `${this.name}-ca`,
      {
        commonName: `mq ${scope.stack} CA`,
        lifetime: { days: tls.caLifetimeDays, renewBeforeDays: tls.caRenewBeforeDays },
        protect: scope.cluster.protect,
      },
      { parent: this },
    );
    const lifetime = { days: tls.lifetimeDays, renewBeforeDays: tls.renewBeforeDays };
    const ca = authority.certificate;
    this.caOf(ca);
    const expiry = this.wanted().map(({ name, secret, role, commonName, names }) => {
      const certificate = new Certificate(
        `${this.name}-${name}`,
        { authority, lifetime, role, commonName, names },
        { parent: this },
      );
      this.pairOf(name, secret, certificate, ca);
      return [name, certificate.expiry] as const;
    });
    return { ca, expiry: { ca: authority.expiry, ...Object.fromEntries(expiry) } };
  }

  /** Takes an own certificate; it is for the broker alone. */
  private take(own: { readonly certificate: string; readonly ca: string }): Seen {
    if (this.args.key === undefined) {
      throw new Error(`${this.name}: an own certificate without its key; give both of one pair`);
    }
    const ca = pulumi.output(own.ca);
    this.caOf(ca);
    const pair = { certificate: own.certificate, privateKey: this.args.key };
    this.pairOf("server", this.secretOf("tls"), pair, ca);
    return {
      ca,
      expiry: { ca: pulumi.output(endOf(own.ca)), server: pulumi.output(endOf(own.certificate)) },
    };
  }

  /** Has cert-manager make all of them; it also renews them, without an `up`. */
  private request(issuer: { readonly name: string; readonly issuerKind: string }): void {
    for (const wanted of this.wanted()) {
      const { labels, ...metadata } = this.metadata(wanted.secret);
      new kubernetes.apiextensions.CustomResource(
        `${this.name}-${wanted.name}`,
        {
          apiVersion: "cert-manager.io/v1",
          kind: "Certificate",
          metadata: {
            ...metadata,
            labels,
            // Ready is when the Secret is there.
            annotations: { "pulumi.com/waitFor": "condition=Ready" },
          },
          spec: {
            ...certificateSpec(wanted, this.args.tls, issuer),
            secretTemplate: { labels },
          },
        },
        { parent: this },
      );
    }
  }

  /** The certificates that there are to be: the broker's, and where clients must show one, every user's. */
  private wanted(): CertificateRequest[] {
    const { tls, names, users } = this.args;
    const server: CertificateRequest = {
      name: "server",
      secret: this.secretOf("tls"),
      role: "server",
      commonName: this.args.kind,
      names: [...new Set([...names, ...tls.names])],
    };
    const secretOf = clientSecrets(this.args);
    const clients = users.flatMap((user): CertificateRequest[] => {
      const secret = secretOf(user);
      const names = [userObjectName(user)];
      return secret === undefined
        ? []
        : [{ name: `client-${user}`, secret, role: "client", commonName: user, names }];
    });
    return [server, ...clients];
  }

  private caOf(ca: pulumi.Output<string>): void {
    new kubernetes.core.v1.Secret(
      `${this.name}-trust`,
      { metadata: this.metadata(this.secretOf("ca")), stringData: { "ca.crt": ca } },
      { parent: this },
    );
  }

  private pairOf(
    name: string,
    secret: string,
    pair: { certificate: pulumi.Input<string>; privateKey: pulumi.Output<string> },
    ca: pulumi.Output<string>,
  ): void {
    new kubernetes.core.v1.Secret(
      `${this.name}-${name}`,
      {
        metadata: this.metadata(secret),
        type: "kubernetes.io/tls",
        stringData: {
          "tls.crt": pair.certificate,
          "tls.key": pair.privateKey,
          "ca.crt": ca,
        },
      },
      { parent: this },
    );
  }

  private secretOf(role: "tls" | "ca"): string {
    return `${this.args.kind}-${role}`;
  }

  private metadata(name: string) {
    const { kind, scope } = this.args;
    return { name, namespace: scope.namespace, labels: labelsOf(brokerPart(kind, scope.stack)) };
  }
}

/** Name of the Secret with the certificate of each user. */
function clientSecrets({
  kind,
  tls: { source, clientCertificates },
}: BrokerCertificatesArgs): (user: string) => string | undefined {
  return (user) => {
    // Without the authority's key there is nobody to sign a client's.
    if (!clientCertificates || source.kind === "pem") return undefined;
    return source.kind === "secret" ? source.client : `${kind}-client-${userObjectName(user)}`;
  };
}

/** When the first of the certificates in a PEM ends, RFC 3339. */
function endOf(pem: string): string {
  return new Date(new X509Certificate(pem).validTo).toISOString().replace(".000Z", "Z");
}
