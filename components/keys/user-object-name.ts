import { createHash } from "node:crypto";

/** What a name that had to be changed ends with; a name that already looks so is changed too, so that none meet. */
const changed = /-[0-9a-f]{12}$/;

/**
 * A user's name as part of the name of a Kubernetes object: at most 45 lower-case letters, digits and `-`.
 *
 * What fits stays as it is: `kermit-sender`. Else what does not fit is left out and a hash of the whole added, so that two
 * users never share an object.
 */
export function userObjectName(user: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$/.test(user) && !changed.test(user)) return user;
  const readable = user
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 32)
    .replaceAll(/^-+|-+$/g, "");
  const hash = createHash("sha256").update(user).digest("hex").slice(0, 12);
  return `${readable === "" ? "user" : readable}-${hash}`;
}
