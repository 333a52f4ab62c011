import { hkdfSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** Arguments of {@link ClientPasswords}. */
export interface ClientPasswordsArgs {
  /** Names of the users. */
  readonly users: readonly string[];
  /** Passwords of one's own, by user; they win over the generated ones. */
  readonly own: ReadonlyMap<string, pulumi.Output<string>>;
  /** Whether the seed is protected against deletion; without it, all generated passwords are others. */
  readonly protect?: boolean;
}

/** What a broker is told of a user. */
export interface ClientPassword {
  readonly password: string;
  /** Base64 of four bytes, for a salted hash that is the same from run to run. */
  readonly salt: string;
}

/**
 * A password for each user: one's own, or 40 letters and digits derived (HKDF-SHA256) from one random seed. However many
 * users there are, it is one resource, and a user that is added changes no other's password.
 */
export class ClientPasswords extends pulumi.ComponentResource {
  /** By user; one Pulumi secret. */
  readonly all: pulumi.Output<Readonly<Record<string, ClientPassword>>>;

  constructor(name: string, args: ClientPasswordsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:ClientPasswords", name, {}, opts);
    // Not RandomBytes: its bytes are its id as well, which the engine stores and prints in clear.
    const seed = new random.RandomPassword(
      `${name}-seed`,
      { length: 44, special: false },
      { parent: this, protect: args.protect ?? false },
    );
    const owners = [...args.own.keys()];
    this.all = pulumi.secret(
      pulumi.all([seed.result, pulumi.all([...args.own.values()])]).apply(([secret, passwords]) => {
        const own = new Map(passwords.map((password, index) => [owners[index], password]));
        return Object.fromEntries(
          args.users.map((user) => {
            const derived = derivePassword(secret, user);
            return [user, { ...derived, password: own.get(user) ?? derived.password }];
          }),
        );
      }),
    );
    this.registerOutputs({});
  }

  /** A user's password, a Pulumi secret. */
  readonly of = (user: string): pulumi.Output<string> =>
    this.all.apply((all) => passwordOf(all, user).password);
}

/** A user's entry; the parser has made sure that there is a user of that name. */
export function passwordOf(
  all: Readonly<Record<string, ClientPassword>>,
  user: string,
): ClientPassword {
  const known = Object.hasOwn(all, user) ? all[user] : undefined;
  if (known === undefined) throw new Error(`mq:users.${user}: no such user; declare it there`);
  return known;
}

const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const passwordLength = 40;

/**
 * A user's generated password and salt.
 *
 * @param seed - the random text that all of them come from.
 * @see https://www.rfc-editor.org/rfc/rfc5869
 */
export function derivePassword(seed: string, user: string): ClientPassword {
  const bytes = (purpose: string, length: number): Buffer =>
    Buffer.from(hkdfSync("sha256", seed, "", `mq ${purpose} ${user}`, length));
  // 512 bits for 40 signs of 62: what is left over favours no sign by more than 2^-270.
  let number = BigInt(`0x${bytes("password", 64).toString("hex")}`);
  const password = Array.from({ length: passwordLength }, () => {
    const sign = signs.charAt(Number(number % 62n));
    number /= 62n;
    return sign;
  }).join("");
  return { password, salt: bytes("salt", 4).toString("base64") };
}
