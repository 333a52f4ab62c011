import type { Connection } from "./connection";

/** Asked by Debian's maintainer scripts before they start a service (invoke-rc.d(8), policy-rc.d). */
const policyFile = "/usr/sbin/policy-rc.d";

/** 101: the action is forbidden by policy. */
const policy =
  "#!/bin/sh\n# Placed while a package is installed without starting its services.\nexit 101\n";

/**
 * Runs an installation during which packages start their services, or do not. A policy that somebody else
 * made is left as it is and holds instead.
 *
 * @param connection The host.
 * @param startServices Whether services may be started.
 * @param install The installation.
 */
export async function withServicePolicy<T>(
  connection: Connection,
  startServices: boolean,
  install: () => Promise<T>,
): Promise<T> {
  const found = await connection.read(policyFile);
  // One of our own is what an interrupted run left behind.
  const ours = found?.toString() === policy;
  if (found !== undefined && !ours) {
    return install();
  }
  if (startServices) {
    if (ours) {
      await connection.remove(policyFile);
    }
    return install();
  }
  await connection.write(policyFile, policy, { owner: "root", group: "root", mode: "0755" });
  try {
    return await install();
  } finally {
    await connection.remove(policyFile);
  }
}
