import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, inject, test } from "vitest";
import { parse, stringify } from "yaml";
import { ClusterStack, section } from "../support/cluster-stack";
import { eventually } from "../support/eventually";

const pretending = inject("pretending");

let stack: ClusterStack;

afterEach(async () => {
  await stack.dispose();
});

/** What must be the same after an accident: everything that clients and files depend on. */
async function identityOf(of: ClusterStack): Promise<unknown> {
  const { clients } = await of.outputs<{ clients: unknown }>();
  const secrets = await of.get<{ items: { metadata: { name: string }; data: unknown }[] }>(
    "secrets",
  );
  return { clients, secrets: secrets.items.map(({ metadata, data }) => [metadata.name, data]) };
}

const withoutWorkloads = (values: Record<string, unknown>): void => {
  Object.assign(values, { "mq:collectors": {}, "mq:senders": {} });
};

describe.skipIf(pretending)("F1: kill -9 of the CLI in the middle of up", () => {
  test("recover ends without a change left, and no key and no password is another one", async () => {
    stack = ClusterStack.on("dev", "killed");
    const up = stack.command("up", [stack.workspace.stack]);
    // Some objects are there, the broker is not ready.
    await eventually(async () => {
      const { stdout } = await stack.tryKubectl("get", "statefulset,secret", "--output=name");
      return stdout.includes("statefulset.apps/rabbitmq");
    }, 180);
    const pulumi = await enginePid(up.child.pid ?? 0);
    process.kill(pulumi, "SIGKILL");
    await up.ended;
    const secret = (name: string, key: string): Promise<string> =>
      stack.kubectl("get", "secret", name, `--output=jsonpath={.data.${key}}`);
    const cookie = await secret("rabbitmq-erlang-cookie", "\\.erlang\\.cookie");
    const definitions = await secret("rabbitmq-definitions-0", "20-access-000\\.json");

    const recovered = await stack.command("recover", [stack.workspace.stack]).result();
    expect(recovered.code, recovered.output).toBe(0);
    expect(await secret("rabbitmq-erlang-cookie", "\\.erlang\\.cookie")).toBe(cookie);
    expect(await secret("rabbitmq-definitions-0", "20-access-000\\.json")).toBe(definitions);
    await stack.expect(0, "preview", "--expect-no-changes");
  });
});

/** The process of the engine that a command of the project has started. */
async function enginePid(command: number): Promise<number> {
  const [child = 0] = readFileSync(
    `/proc/${String(command)}/task/${String(command)}/children`,
    "utf8",
  )
    .trim()
    .split(" ")
    .map(Number);
  expect(readFileSync(`/proc/${String(child)}/comm`, "utf8").trim()).toBe("pulumi");
  return Promise.resolve(child);
}

describe.skipIf(pretending)("what somebody else owns", () => {
  test("F11: an object of the same name is refused, not overwritten", async () => {
    stack = ClusterStack.on("dev", "foreign", (values) => {
      withoutWorkloads(values);
      section(values, "kubernetes").createNamespace = false;
    });
    await stack.kubectl("create", "namespace", stack.namespace);
    await stack.kubectl("create", "configmap", "rabbitmq-config", "--from-literal=theirs=1");
    const { code, stdout, stderr } = await stack.pulumi("up", "--yes");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/configmaps "rabbitmq-config" already exists/);
    const { data } = await stack.get<{ data: unknown }>("configmap", "rabbitmq-config");
    expect(data).toStrictEqual({ theirs: "1" });
    await stack.expect(0, "destroy", "--yes");
    await stack.kubectl("delete", "namespace", stack.namespace);
  });
});

describe.skipIf(pretending)("a cluster that cannot be reached", () => {
  test("F10: preview works from the state; up and refresh fail in time, and change nothing", async () => {
    stack = ClusterStack.on("dev", "unreachable", withoutWorkloads);
    await stack.expect(0, "up", "--yes");
    const good = readFileSync(stack.kubeconfig, "utf8");
    const cases = {
      "no kubeconfig": join(stack.folder, "absent"),
      "a kubeconfig that points nowhere": kubeconfig("nowhere", (config) => {
        for (const { cluster } of config.clusters) cluster.server = "https://127.0.0.1:9";
      }),
      "credentials that the cluster does not know": kubeconfig("expired", (config) => {
        for (const entry of config.users) entry.user = { token: "expired" };
      }),
    };
    const before = await recorded();
    // Else another machine's kubeconfig would be another cluster.
    expect(JSON.stringify(before)).not.toContain(stack.kubeconfig);
    stack.change((values) => {
      section(values, "broker").conf = { "log.console.level": "warning" };
    });
    for (const [what, file] of Object.entries(cases)) {
      const env = { KUBECONFIG: file };
      const name = stack.workspace.stack;
      const preview = await stack.command("preview", [name], env).result();
      expect(preview.code, `${what}: ${preview.output}`).toBe(0);
      for (const command of ["up", "refresh"]) {
        const { code, output } = await stack.command(command, [name], env).result();
        expect(code, `${what}: ${command}: ${output}`).not.toBe(0);
      }
    }
    expect(await recorded()).toStrictEqual(before);
    stack.change((values) => {
      section(values, "broker").conf = {};
    });
    expect(readFileSync(stack.kubeconfig, "utf8")).toBe(good);
  });

  /** What the state holds of each resource. */
  async function recorded(): Promise<unknown> {
    const { stdout } = await stack.expect(0, "stack", "export", "--show-secrets");
    const { deployment } = JSON.parse(stdout) as {
      deployment: { resources: { urn: string; id?: string; inputs?: unknown }[] };
    };
    return deployment.resources
      .map(({ urn, id, inputs }) => ({ urn, id, inputs }))
      .sort((a, b) => (a.urn < b.urn ? -1 : 1));
  }

  interface Kubeconfig {
    clusters: { cluster: { server: string } }[];
    users: { user: object }[];
  }

  function kubeconfig(name: string, change: (config: Kubeconfig) => void): string {
    const config = parse(readFileSync(stack.kubeconfig, "utf8")) as Kubeconfig;
    change(config);
    const file = join(stack.folder, `${name}.kubeconfig`);
    writeFileSync(file, stringify(config), { mode: 0o600 });
    return file;
  }
});

describe.skipIf(pretending)("F13: changes that would lose data", () => {
  test("are refused in preview with the safe route; the runbook grows a volume without losing a message", async () => {
    stack = ClusterStack.on("dev", "guarded", withoutWorkloads);
    await stack.expect(0, "up", "--yes");
    const refused = async (change: (values: Record<string, unknown>) => void): Promise<string> => {
      const before = stack.values();
      stack.change(change);
      const { code, stdout, stderr } = await stack.pulumi("preview");
      stack.write(before);
      expect(code).not.toBe(0);
      return stdout + stderr;
    };
    expect(
      await refused((values) => (section(values, "kubernetes").namespace = "mq-renamed")),
    ).toMatch(/kubernetes\.namespace.*#rename-a-namespace/s);
    expect(
      await refused((values) => (section(values, "broker").storage = { size: "1900Mi" })),
    ).toMatch(/broker\.storage/);

    await stack.exec("rabbitmq-0", "rabbitmqctl", "set_user_tags", "kermit-sender", "management");
    stack.change((values) => (section(values, "broker").storage = { size: "3Gi" }));
    expect((await stack.pulumi("preview")).code).not.toBe(0);
    // docs/kubernetes.md, "Grow a volume".
    const volume = (await stack.get<Claim>("pvc", "data-rabbitmq-0")).spec.volumeName;
    await stack.kubectl(
      "patch",
      "pvc",
      "data-rabbitmq-0",
      '--patch={"spec":{"resources":{"requests":{"storage":"3Gi"}}}}',
    );
    const { metadata: pod } = await stack.get<Named>("pod", "rabbitmq-0");
    await stack.kubectl("delete", "statefulset", "rabbitmq", "--cascade=orphan");
    stack.change((values) => {
      section(values, "kubernetes").allow = ["broker.storage.size"];
    });
    await stack.expect(0, "up", "--yes", "--refresh");
    const grown = await eventually(async () => {
      const claim = await stack.get<Claim>("pvc", "data-rabbitmq-0");
      return claim.status.capacity.storage === "3Gi" ? claim : undefined;
    }, 120);
    expect(grown.spec.volumeName).toBe(volume);
    // The pod was adopted, not started again.
    expect((await stack.get<Named>("pod", "rabbitmq-0")).metadata.uid).toBe(pod.uid);
    stack.change((values) => {
      section(values, "kubernetes").allow = [];
    });
    await stack.expect(0, "up", "--yes");
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  interface Named {
    readonly metadata: { readonly uid: string };
  }
  interface Claim extends Named {
    readonly spec: { readonly volumeName: string };
    readonly status: { readonly capacity: { readonly storage: string } };
  }
});

describe.skipIf(pretending)("F15: what is protected", () => {
  test("destroy fails and names it; the volume, the namespace and the keys stay", async () => {
    stack = ClusterStack.on("dev", "protected", (values) => {
      withoutWorkloads(values);
      section(values, "kubernetes").protect = true;
    });
    await stack.expect(0, "up", "--yes");
    const before = await identityOf(stack);
    const { code, stdout, stderr } = await stack.pulumi("destroy", "--yes");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/cannot be deleted\s+because it is protected/);
    expect(await identityOf(stack)).toStrictEqual(before);
    stack.change((values) => (section(values, "kubernetes").protect = false));
    await stack.expect(0, "up", "--yes");
  });
});
