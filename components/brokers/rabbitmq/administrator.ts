import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { adminDefinitions, passwordHash } from "./definitions";

/** The broker user that administers: no person's and no client's. */
export const adminUser = "mq-admin";

/** The administrator of a broker; both are Pulumi secrets. */
export interface Administrator {
  readonly password: pulumi.Output<string>;
  /** What gives the password's hash to the broker, see {@link adminDefinitions}. */
  readonly definitions: pulumi.Output<string>;
}

/** Generates the administrator's password (40 letters and digits) as children of `parent`. */
export function createAdministrator(
  name: string,
  parent: pulumi.Resource,
  { protect = false } = {},
): Administrator {
  const options = { parent, protect };
  const { result } = new random.RandomPassword(
    `${name}-admin`,
    { length: 40, special: false },
    options,
  );
  const salt = new random.RandomBytes(`${name}-admin-salt`, { length: 4 }, options);
  const password = pulumi.secret(result);
  const definitions = pulumi
    .all([password, salt.base64])
    .apply(([plain, saltBytes]) => adminDefinitions(adminUser, passwordHash(plain, saltBytes)));
  return { password, definitions: pulumi.secret(definitions) };
}
