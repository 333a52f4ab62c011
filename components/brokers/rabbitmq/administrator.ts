import * as pulumi from "@pulumi/pulumi";
import type { Administrator } from "../administrator";
import { adminDefinitions, passwordHash } from "./definitions";

/** What gives the administrator's password, as a hash, to the broker; a Pulumi secret. See {@link adminDefinitions}. */
export function administratorDefinitions({
  user,
  password,
  salt,
}: Administrator): pulumi.Output<string> {
  return pulumi.secret(
    pulumi
      .all([password, salt])
      .apply(([plain, saltBytes]) => adminDefinitions(user, passwordHash(plain, saltBytes))),
  );
}
