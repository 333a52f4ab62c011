import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** The private half of a signing key pair: for senders only. A {@link PublicHalf} does not stand in for it. */
export class PrivateHalf {
  // A protected member makes the two halves different types though they look the same.
  protected readonly half = "private";

  /**
   * @param fileName - `<pair>-private.pem` (document 000).
   * @param pem - always a Pulumi secret.
   */
  constructor(
    readonly fileName: string,
    readonly pem: pulumi.Output<string>,
  ) {}
}

/** The public half of a signing key pair: for receivers only. A {@link PrivateHalf} does not stand in for it. */
export class PublicHalf {
  protected readonly half = "public";

  /**
   * @param fileName - `<pair>-public.pem`; without `.pem` it is the key id in each message (document 000).
   * @param pem - SubjectPublicKeyInfo.
   */
  constructor(
    readonly fileName: string,
    readonly pem: pulumi.Output<string>,
  ) {}
}

/** Arguments of {@link SigningKeyPair}. */
export interface SigningKeyPairArgs {
  /** Base name of the files of both halves, `q` for `q-private.pem` and `q-public.pem`. */
  readonly fileName: string;
  /** RSA key size in bits. Default 3072. */
  readonly bits?: number;
  /** Own halves as PEM, a pair; then nothing is generated. */
  readonly existing?: { readonly privateKey: pulumi.Output<string>; readonly publicKey: string };
}

/**
 * The RSA key pair that senders sign messages with and receivers verify them with; takes the place of document 000's
 * `genkey.sh`, without a file under `/tmp` at any time.
 */
export class SigningKeyPair extends pulumi.ComponentResource {
  /** PKCS #1 PEM, as `openssl genrsa` writes it, where it is generated. */
  readonly privateHalf: PrivateHalf;
  readonly publicHalf: PublicHalf;

  constructor(name: string, args: SigningKeyPairArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:SigningKeyPair", name, { fileName: args.fileName, bits: args.bits }, opts);
    const pair = args.existing ?? generate(name, args.bits ?? 3072, this);
    this.privateHalf = new PrivateHalf(
      `${args.fileName}-private.pem`,
      pulumi.secret(pair.privateKey),
    );
    this.publicHalf = new PublicHalf(`${args.fileName}-public.pem`, pulumi.output(pair.publicKey));
    this.registerOutputs({ publicKeyPem: this.publicHalf.pem });
  }
}

function generate(
  name: string,
  rsaBits: number,
  parent: pulumi.Resource,
): { privateKey: pulumi.Output<string>; publicKey: pulumi.Output<string> } {
  const key = new tls.PrivateKey(name, { algorithm: "RSA", rsaBits }, { parent });
  return { privateKey: key.privateKeyPem, publicKey: key.publicKeyPem };
}
