import type { Connection } from "./connection";

/** Asked by Debian's maintainer scripts before they start a service (invoke-rc.d(8), policy-rc.d). */
const policyFile = "/usr/sbin/policy-rc.d";

/** 101: the action is forbidden by policy. */
const policy =
  "#!/bin/sh\n# Placed while a package is installed without starting its services.\nexit 101\n";

/**
 * Runs an installation during which packages do not start their services. A policy that somebody else made
 * is left as it is and holds instead.
 *
 * @param connection The host.
 * @param install The installation.
 */
export async function withoutServiceStarts<T>(
  connection: Connection,
  install: () => Promise<T>,
): Promise<T> {
  const found = await connection.read(policyFile);
  // One of our own is what an interrupted run left behind.
  if (found !== undefined && found.toString() !== policy) {
    return install();
  }
  await connection.write(policyFile, policy, { owner: "root", group: "root", mode: "0755" });
  try {
    return await install();
  } finally {
    await connection.remove(policyFile);
  }
}
