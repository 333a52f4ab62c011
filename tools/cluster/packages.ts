import { LocalConnection } from "../../components/platforms/hosts/provider/local-connection";
import { packageKind } from "../../components/platforms/hosts/provider/package";
import { UserError } from "../lib/command";
import { isExecutable } from "../toolchain/files";
import { findExecutable } from "./paths";
import type { ClusterMode } from "./state";

/** The packages of Debian and Ubuntu that a cluster needs, with something that each of them brings. */
const packages: Readonly<Record<string, string>> = {
  openssl: "openssl",
  "etcd-server": "etcd",
};
const nodePackages: Readonly<Record<string, string>> = {
  containerd: "containerd",
  runc: "runc",
  "containernetworking-plugins": "/usr/lib/cni/bridge",
  iptables: "iptables",
  iproute2: "ip",
  debootstrap: "debootstrap",
  buildah: "buildah",
  maven: "mvn",
};

/** The packages that are missing for a mode. */
export function missingPackages(mode: ClusterMode): string[] {
  const wanted = mode === "node" ? { ...packages, ...nodePackages } : packages;
  return Object.entries(wanted)
    .filter(([, brings]) =>
      brings.startsWith("/") ? !isExecutable(brings) : findExecutable(brings) === undefined,
    )
    .map(([name]) => name);
}

/**
 * Installs the packages that are missing for a mode, without starting the services that come with them. Says so first.
 *
 * @throws {@link UserError} naming them where this is not root, or not Debian.
 */
export async function ensurePackages(
  mode: ClusterMode,
  say: (line: string) => void,
): Promise<void> {
  const missing = missingPackages(mode);
  if (missing.length === 0) return;
  if (process.geteuid?.() !== 0 || findExecutable("apt-get") === undefined) {
    throw new UserError(
      `cluster: what these packages of Debian bring is missing, and only root can install them, by apt-get: ${missing.join(", ")}; ` +
        `install them first (apt-get install --no-install-recommends ${missing.join(" ")}), ` +
        "or name a cluster of your own: MQ_TEST_KUBECONFIG and MQ_TEST_CONTEXT",
    );
  }
  say(`installs the packages ${missing.join(", ")}; their services are not started …`);
  for (const name of missing) {
    await packageKind.create(
      { connection: { kind: "local" }, name, startServices: false },
      {
        connection: new LocalConnection(),
        report: { info: say, progress: () => undefined },
        signal: new AbortController().signal,
      },
    );
  }
}
