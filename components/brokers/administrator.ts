import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { adminUser } from "./admin-user";

/** The administrator of a broker. */
export interface Administrator {
  readonly user: typeof adminUser;
  /** 40 letters and digits; a Pulumi secret. */
  readonly password: pulumi.Output<string>;
  /** Base64 of four bytes, for a salted hash that is the same from run to run. */
  readonly salt: pulumi.Output<string>;
}

/** Generates the administrator's password as children of `parent`. */
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
  return { user: adminUser, password: pulumi.secret(result), salt: salt.base64 };
}
