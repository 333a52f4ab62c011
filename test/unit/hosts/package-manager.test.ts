import { describe, expect, test } from "vitest";
import { withoutNeeded } from "../../../components/platforms/hosts/provider/package";
import {
  apt,
  dnf,
  type PackageManager,
  packageManagers,
  yum,
  zypper,
} from "../../../components/platforms/hosts/provider/package-manager";
import { withServicePolicy } from "../../../components/platforms/hosts/provider/policy-rc";
import type { Connection } from "../../../components/platforms/hosts/provider/connection";

const install = (manager: PackageManager): string => manager.install("rabbitmq-server").join(" ");

test("O3: apt installs unattended and waits for the lock", () => {
  expect(apt.env).toEqual({ DEBIAN_FRONTEND: "noninteractive" });
  expect(install(apt)).toBe(
    "apt-get -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold install -y --no-install-recommends rabbitmq-server",
  );
});

test("O4: yum installs unattended, dnf where yum is absent", () => {
  expect(install(yum)).toBe("yum -y install rabbitmq-server");
  expect(install(dnf)).toBe("dnf -y install rabbitmq-server");
  expect(packageManagers.map(({ program }) => program)).toEqual([
    "apt-get",
    "zypper",
    "yum",
    "dnf",
  ]);
});

test("O5: zypper installs unattended", () => {
  expect(install(zypper)).toBe("zypper --non-interactive install rabbitmq-server");
});

test("apt's answers are read", () => {
  expect(
    apt.parseList("installed ed\nconfig-files old\nnot-installed x\ninstalled hello\n"),
  ).toEqual(["ed", "hello"]);
  expect(apt.isKnown("ed:\n  Installed: (none)\n  Candidate: 1.19-1\n")).toBe(true);
  expect(apt.isKnown("ed:\n  Installed: (none)\n  Candidate: (none)\n")).toBe(false);
  expect(apt.isKnown("")).toBe(false);
  const stdout = "Reading...\nRemv hello [2.10-3]\nRemv libx:amd64 [1] [hello:amd64 ]\n";
  expect(apt.parseSimulation(["hello"], { code: 0, stdout, stderr: "" })).toEqual([
    "hello",
    "libx",
  ]);
});

test("rpm's answers are read", () => {
  expect(yum.parseList("erlang\nrabbitmq-server\n")).toEqual(["erlang", "rabbitmq-server"]);
  const stderr =
    "error: Failed dependencies:\n\terlang is needed by (installed) ejabberd-21.12-1.x86_64\n";
  expect(zypper.parseSimulation(["erlang"], { code: 1, stdout: "", stderr })).toEqual([
    "erlang",
    "ejabberd-21.12-1.x86_64",
  ]);
});

describe("removal", () => {
  // What goes with each package when it is removed.
  const dependants: Record<string, string[]> = {
    app: [],
    lib: ["app"],
    shared: ["app", "foreign"],
  };
  const simulate = (names: readonly string[]): Promise<string[]> =>
    Promise.resolve([...names, ...names.flatMap((name) => dependants[name] ?? [])]);

  test("takes all that was added when nothing else needs it", async () => {
    expect(await withoutNeeded(["app", "lib"], simulate)).toEqual(["app", "lib"]);
  });

  test("leaves what another package came to need", async () => {
    expect(await withoutNeeded(["app", "lib", "shared"], simulate)).toEqual(["app", "lib"]);
  });
});

describe("policy-rc.d", () => {
  const host = (content?: string) => {
    const files = new Map(content === undefined ? [] : [["/usr/sbin/policy-rc.d", content]]);
    const connection = {
      read: (path: string) =>
        Promise.resolve(files.has(path) ? Buffer.from(files.get(path) ?? "") : undefined),
      write: (path: string, text: string) => Promise.resolve(void files.set(path, text)),
      remove: (path: string) => Promise.resolve(files.delete(path)),
    } as unknown as Connection;
    return { files, connection };
  };
  const content = ({ files }: ReturnType<typeof host>) => files.get("/usr/sbin/policy-rc.d");

  test("forbids starts during the installation only", async () => {
    const it = host();
    const during = await withServicePolicy(it.connection, false, () =>
      Promise.resolve(content(it)),
    );
    expect(during).toMatch(/^#!\/bin\/sh\n.*\nexit 101\n$/);
    expect(content(it)).toBeUndefined();
  });

  test("is removed when the installation fails", async () => {
    const it = host();
    const fail = () => Promise.reject(new Error("no"));
    await expect(withServicePolicy(it.connection, false, fail)).rejects.toThrow("no");
    expect(content(it)).toBeUndefined();
  });

  test("somebody else's is left alone", async () => {
    const it = host("#!/bin/sh\nexit 0\n");
    for (const start of [false, true]) {
      const during = await withServicePolicy(it.connection, start, () =>
        Promise.resolve(content(it)),
      );
      expect(during).toBe("#!/bin/sh\nexit 0\n");
    }
    expect(content(it)).toBe("#!/bin/sh\nexit 0\n");
  });

  test("one that an interrupted run left forbids nothing any more", async () => {
    const it = host();
    const ours = await withServicePolicy(it.connection, false, () => Promise.resolve(content(it)));
    const left = host(ours);
    const during = await withServicePolicy(left.connection, true, () =>
      Promise.resolve(content(left)),
    );
    expect(during).toBeUndefined();
  });
});
