import type { ExecResult } from "./connection";

/** The commands of a distribution's package manager. Pure: nothing is run here. */
export interface PackageManager {
  /** Its program, by which it is recognized. */
  program: string;
  /** Variables that its commands need. */
  env: Record<string, string>;
  /** Lists the installed packages. */
  list(): string[];
  /** The installed packages, from what `list` printed. */
  parseList(output: string): string[];
  /** Refreshes what it knows about packages; undefined where installing does that by itself. */
  refresh?: string[];
  /** Tells whether a package is known; its output is judged by `isKnown`. */
  query(name: string): string[];
  /** Whether the package is known, from what `query` printed. */
  isKnown(output: string): boolean;
  /** Installs a package without asking. */
  install(name: string): string[];
  /** Shows what a removal would do. */
  simulateRemoval(names: readonly string[]): string[];
  /** All packages that the removal would remove or break, from what `simulateRemoval` did. */
  parseSimulation(names: readonly string[], result: ExecResult): string[];
  /** Removes packages without asking; configuration and data stay. */
  remove(names: readonly string[]): string[];
}

/** Waits for another's lock; no progress bars, which are lines of their own without a terminal. */
const aptOptions = ["-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"];

/** apt (Debian, Ubuntu): apt-get(8), dpkg-query(1). */
export const apt: PackageManager = {
  program: "apt-get",
  env: { DEBIAN_FRONTEND: "noninteractive" },
  list: () => ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\\n"],
  parseList: (output) =>
    lines(output).flatMap((line) =>
      line.startsWith("installed ") ? [line.slice("installed ".length)] : [],
    ),
  refresh: ["apt-get", ...aptOptions, "update"],
  query: (name) => ["apt-cache", "policy", name],
  isKnown: (output) => /^\s*Candidate: (?!\(none\))/m.test(output),
  install: (name) => [
    "apt-get",
    ...aptOptions,
    // Configuration files that are there already are kept, without a question.
    "-o",
    "Dpkg::Options::=--force-confold",
    "install",
    "-y",
    "--no-install-recommends",
    name,
  ],
  simulateRemoval: (names) => ["apt-get", "--simulate", "remove", "-y", ...names],
  parseSimulation: (_names, result) =>
    lines(result.stdout).flatMap((line) => /^Remv ([^ :]+)/.exec(line)?.[1] ?? []),
  remove: (names) => ["apt-get", ...aptOptions, "remove", "-y", ...names],
};

/** zypper (openSUSE, SLES): zypper(8). */
export const zypper: PackageManager = {
  ...rpmDatabase(),
  program: "zypper",
  query: (name) => ["zypper", "--non-interactive", "search", "--match-exact", name],
  isKnown: (output) => output.includes("|"),
  install: (name) => ["zypper", "--non-interactive", "install", name],
};

/** yum (RHEL, CentOS, Fedora): yum(8). */
export const yum: PackageManager = { ...rpmDatabase(), ...yumLike("yum") };

/** dnf, where there is no yum: dnf(8). */
export const dnf: PackageManager = { ...rpmDatabase(), ...yumLike("dnf") };

/** All of them, in the order in which they are looked for. */
export const packageManagers: readonly PackageManager[] = [apt, zypper, yum, dnf];

function yumLike(
  program: string,
): Pick<PackageManager, "program" | "query" | "isKnown" | "install"> {
  return {
    program,
    query: (name) => [program, "-q", "list", name],
    isKnown: (output) => output.trim() !== "",
    install: (name) => [program, "-y", "install", name],
  };
}

/** What all that stand on rpm(8) have in common. rpm itself never removes more than it is told. */
function rpmDatabase(): Omit<PackageManager, "program" | "query" | "isKnown" | "install"> {
  return {
    env: {},
    list: () => ["rpm", "-qa", "--qf", "%{NAME}\\n"],
    parseList: lines,
    simulateRemoval: (names) => ["rpm", "--erase", "--test", ...names],
    parseSimulation: (names, result) => [
      ...names,
      ...[...(result.stdout + result.stderr).matchAll(/is needed by \(installed\) (\S+)/g)].map(
        (match) => match[1] ?? "",
      ),
    ],
    remove: (names) => ["rpm", "--erase", ...names],
  };
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
