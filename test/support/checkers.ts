import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { title, toYaml, withoutSecrets, type Manifest } from "./manifests";
import type { Python } from "./python";

/** Objects by the name of the stack that they are of. */
export type Rendered = Readonly<Record<string, readonly Manifest[]>>;

/** Custom resources: their schemas come with their operators, not with Kubernetes. */
const withoutSchema = new Set([
  "monitoring.coreos.com/v1 ServiceMonitor",
  "cert-manager.io/v1 Certificate",
]);

/** Versions of Kubernetes: the oldest that our own cluster tests run, and those after it. */
export const kubernetesVersions = ["1.34", "1.35", "1.36", "1.37"] as const;

/** Reads a list of `[title, object]`, and prints what the schemas say against each. */
const validate = `
import functools, json, sys
from kubernetes_validate import utils
utils.schema_contents = functools.cache(utils.schema_contents)
for title, manifest in json.load(sys.stdin):
    for version in sys.argv[1:]:
        try:
            used = utils.validate(manifest, version, strict=True)
            if used != version:
                print(f"{title}: {version}: has no schemas")
        except utils.SchemaNotFoundError as error:
            print(f"{title}: {version}: {error.message}")
        except utils.ValidationError as error:
            path = ".".join(str(part) for part in error.path)
            print(f"{title}: {version}: {path}: {error.message}")
`;

/** What a validation found. */
export interface Validation {
  readonly problems: readonly string[];
  /** Title and kind of what no schema was there for. */
  readonly notChecked: readonly string[];
  /** How many different objects were checked. */
  readonly checked: number;
}

/** Checks objects by the strict schemas of each version, in one process; the same object once. */
export async function validateManifests(python: Python, rendered: Rendered): Promise<Validation> {
  const objects = new Map<string, [title: string, manifest: Manifest]>();
  const notChecked = new Set<string>();
  for (const [stack, manifests] of Object.entries(rendered)) {
    for (const manifest of withoutSecrets(manifests)) {
      if (withoutSchema.has(`${manifest.apiVersion} ${manifest.kind}`)) {
        notChecked.add(title(manifest));
        continue;
      }
      objects.set(JSON.stringify(manifest), [`${stack}: ${title(manifest)}`, manifest]);
    }
  }
  const input = JSON.stringify([...objects.values()]);
  const output = await runPython(python, ["-c", validate, ...kubernetesVersions], input);
  return {
    problems: output.split("\n").filter((line) => line !== ""),
    notChecked: [...notChecked].sort(),
    checked: objects.size,
  };
}

/** A rule of checkov that an object does not keep. */
export interface Finding {
  readonly check: string;
  readonly name: string;
  /** `<stack>: <Kind>/<name>`. */
  readonly object: string;
}

interface Report {
  readonly summary: { readonly parsing_errors: number; readonly passed: number };
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly file_path: string;
      readonly resource: string;
    }[];
  };
}

/** Checks objects by all rules that checkov has for Kubernetes. @throws where it could not read all of them. */
export async function checkov(
  python: Python,
  rendered: Rendered,
): Promise<{ passed: number; findings: Finding[] }> {
  const folder = mkdtempSync(join(tmpdir(), "mq-checkov-"));
  try {
    for (const [stack, manifests] of Object.entries(rendered)) {
      writeFileSync(join(folder, `${stack}.yaml`), toYaml(withoutSecrets(manifests)));
    }
    const words = ["--framework", "kubernetes", "--directory", folder, "--output", "json"];
    const quiet = ["--quiet", "--compact", "--skip-download", "--soft-fail"];
    const output = await runPython(python, ["-m", "checkov.main", ...words, ...quiet], "");
    const { summary, results } = JSON.parse(output) as Report;
    if (summary.parsing_errors > 0) throw new Error("checkov could not read all of the files");
    return { passed: summary.passed, findings: results.failed_checks.map(finding) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** checkov writes `Kind.namespace.name`. */
function finding({
  check_id,
  check_name,
  file_path,
  resource,
}: Report["results"]["failed_checks"][number]): Finding {
  const [kind = "", , ...name] = resource.split(".");
  const stack = file_path.replace(/^\//, "").replace(/\.yaml$/, "");
  return { check: check_id, name: check_name, object: `${stack}: ${kind}/${name.join(".")}` };
}

function runPython({ command, env }: Python, args: string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else
        reject(new Error(`${args.slice(0, 2).join(" ")} ended with ${String(code)}:\n${errors}`));
    });
    child.stdin.end(input);
  });
}
