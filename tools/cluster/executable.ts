import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { UserError } from "../lib/command";
import { run } from "../lib/process";
import { duration } from "../toolchain/build";
import { isExecutable, isFileError } from "../toolchain/files";
import { clusterEnvironment } from "./daemon";
import { cacheFolder } from "./paths";
import { makeScratch } from "./scratch";

/** The release of Kubernetes that `go/go.mod` pins. */
export const kubernetesVersion = "1.34.4";

const source = join(__dirname, "go");
const executable = "mq-cluster";
/** The parts of the executable; each is called through a link of its name. */
const parts = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "kubectl",
  "cluster-dns",
  "fake-node",
  "local-volumes",
] as const;
const pauseExecutable = "pause";

const remindMilliseconds = 10_000;
const shownLines = 20;
/** `providerless`: without the clouds' own code. No path of this machine gets into the executable. */
const goFlags = ["-mod=readonly", "-buildvcs=false", "-trimpath", "-tags", "providerless"];

function linkerFlags(): string {
  const [major, minor] = kubernetesVersion.split(".");
  const stamps = {
    gitVersion: `v${kubernetesVersion}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: "clean",
  };
  const variables = Object.entries(stamps).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value ?? ""}`,
  );
  return ["-s", "-w", ...variables].join(" ");
}

/** A hash of all that the executable is built from. */
export function executableKey(): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([goFlags, linkerFlags(), process.platform, process.arch]));
  const entries = readdirSync(source, { recursive: true, withFileTypes: true });
  for (const path of entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()) {
    hash.update(relative(source, path)).update("\0").update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 16);
}

/** The path of a part in the folder of {@link ensureExecutable}. */
export function partOf(
  binFolder: string,
  name: (typeof parts)[number] | typeof pauseExecutable,
): string {
  return join(binFolder, name);
}

/**
 * Makes sure that the executable of the cluster is built; what was built once is kept below the cache.
 *
 * @param owner - the run folder of the cluster that it is for.
 * @returns the folder of its links.
 * @throws {@link UserError} where Go is missing, or the build fails.
 */
export async function ensureExecutable(
  owner: string,
  say: (line: string) => void,
): Promise<string> {
  const folder = join(cacheFolder(), `kubernetes-${kubernetesVersion}-${executableKey()}`);
  if (isExecutable(join(folder, executable))) return folder;
  const unfinished = makeScratch(cacheFolder());
  const start = performance.now();
  const since = (): string => duration(Math.round((performance.now() - start) / 1000));
  say(
    `builds Kubernetes ${kubernetesVersion} from Go modules, once: about 5 min on two cores, 3 GB of Go's build cache …`,
  );
  const reminder = setInterval(() => {
    say(`builds Kubernetes for ${since()} …`);
  }, remindMilliseconds);
  try {
    await goBuild(owner, "./pause", join(unfinished, pauseExecutable));
    await goBuild(owner, ".", join(unfinished, executable));
  } finally {
    clearInterval(reminder);
  }
  for (const part of parts) symlinkSync(executable, join(unfinished, part));
  renameSync(unfinished, folder);
  say(`built Kubernetes ${kubernetesVersion} in ${since()}`);
  return folder;
}

async function goBuild(owner: string, main: string, output: string): Promise<void> {
  const args = ["build", ...goFlags, "-ldflags", linkerFlags(), "-o", output, main];
  const env = { ...clusterEnvironment(owner), CGO_ENABLED: "0", GOWORK: "off" };
  let finished;
  try {
    finished = await run("go", args, { cwd: source, env, capture: true });
  } catch (error) {
    if (!isFileError(error, "ENOENT")) throw error;
    throw new UserError(
      "cluster: Kubernetes has to be built, and go is not on PATH; install Go 1.24 or newer (go.dev/doc/install), " +
        "or name a cluster of your own: MQ_TEST_KUBECONFIG and MQ_TEST_CONTEXT",
    );
  }
  if (finished.code === 0) return;
  const said = `${finished.stdout}${finished.stderr}`.trimEnd().split("\n").slice(-shownLines);
  throw new UserError(
    `cluster: the build of ${basename(output)} failed with code ${String(finished.code)}; its last lines:\n${said.join("\n")}`,
  );
}
