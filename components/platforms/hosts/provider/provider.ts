import {
  type CheckFailure,
  type CheckResult,
  type CreateResult,
  type DiffResult,
  main,
  type Provider,
  type ReadResult,
  type UpdateResult,
} from "@pulumi/pulumi/provider";
import type { z } from "zod";

import { archiveKind } from "./archive";
import { authorizationEntriesKind } from "./authorization-entries";
import type { Connection } from "./connection";
import { directoryKind } from "./directory";
import { EngineLog } from "./engine-log";
import { fileKind } from "./file";
import type { Context, Kind } from "./kind";
import { LocalConnection } from "./local-connection";
import { packageKind } from "./package";
import { serviceKind } from "./service";
import { userKind } from "./user";
import { type Properties, secret, unwrap } from "./values";

type Inputs = { connection: unknown };

/** What the engine gets and gives back: the kind's own, and the connection, to find the host again. */
type AnyKind = Kind<Inputs, Properties>;

const kinds = new Map<string, AnyKind>(
  Object.entries({
    HostArchive: archiveKind,
    HostAuthorizationEntries: authorizationEntriesKind,
    HostDirectory: directoryKind,
    HostFile: fileKind,
    HostPackage: packageKind,
    HostService: serviceKind,
    HostUser: userKind,
  }).map(([name, kind]) => [`hosts:index:${name}`, kind as unknown as AnyKind]),
);

/** The provider `hosts`: dispatches by type, and keeps secrets and unknowns away from the kinds. */
export class HostsProvider implements Provider {
  readonly version = "0.1.0";

  private readonly abort = new AbortController();

  /** Inputs that a resource has now: a replacement is checked by the engine as if it were new. */
  private readonly lastInputs = new Map<string, Properties>();

  /**
   * @param log Shows messages to the user.
   * @param connection The host, of which there is one kind only so far.
   */
  constructor(
    private readonly log: EngineLog,
    private readonly connection: Connection = new LocalConnection(),
  ) {}

  /** Validates inputs; what is not known yet in a preview is passed over. */
  async check(urn: string, olds: Properties, news: Properties): Promise<CheckResult> {
    const kind = kindOf(urn);
    const { values, secrets, unknowns } = unwrap(news);
    const failures: CheckFailure[] = [...secrets]
      .filter((property) => !(property in kind.secrets))
      .map((property) => ({
        property,
        reason:
          "must not be a secret, for it is not kept as one on the host; put the secret into a HostFile and name its path",
      }));
    const parsed = kind.schema.safeParse(values);
    for (const issue of parsed.error?.issues ?? []) {
      if (!unknowns.has(String(issue.path[0]))) {
        failures.push(toFailure(issue));
      }
    }
    if (failures.length > 0) {
      return { failures: failures.map(withoutValue) };
    }
    const before = unwrap(olds).values;
    if (Object.keys(before).length > 0) {
      this.lastInputs.set(urn, before);
    }
    const found = await kind.check(
      known(kind, values, unknowns),
      this.lastInputs.get(urn),
      this.context(urn),
    );
    return { failures: found.map(withoutValue) };
  }

  /** Compares the inputs with the resource as last seen. */
  async diff(_id: string, urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    const kind = kindOf(urn);
    const { values, unknowns } = unwrap(news);
    const before = unwrap(olds).values;
    const inputs = known(kind, values, unknowns);
    const replaces = kind.replaceOn.filter(
      (key) =>
        unknowns.has(key) ||
        JSON.stringify((inputs as Properties)[key]) !== JSON.stringify(before[key]),
    );
    const context = this.context(urn);
    const changed = await kind.changes(inputs, before, context);
    const lastInputs = this.lastInputs.get(urn);
    const drifted = changed.filter(
      (key) => JSON.stringify(lastInputs?.[key]) === JSON.stringify(values[key]),
    );
    if (lastInputs && drifted.length > 0) {
      // The engine shows changed inputs only.
      context.report.info(`changed on the host: ${drifted.join(", ")}`);
    }
    return {
      changes: replaces.length + changed.length + unknowns.size > 0,
      replaces,
      deleteBeforeReplace: replaces.length > 0,
    };
  }

  /** Creates a resource. */
  async create(urn: string, news: Properties): Promise<CreateResult> {
    const kind = kindOf(urn);
    const { inputs, secrets } = parse(kind, news);
    const outputs = await kind.create(inputs, this.context(urn));
    return { id: kind.id(inputs), outs: toEngine(kind, inputs, outputs, secrets) };
  }

  /** Reads a resource from the host, for `refresh` and, without properties, for an import. */
  async read(id: string, urn: string, props: Properties = {}): Promise<ReadResult> {
    const kind = kindOf(urn);
    const { values, secrets } = unwrap(props);
    const isImport = values["connection"] === undefined;
    const found = await kind.read(id, isImport ? undefined : values, this.context(urn));
    if (found === undefined) {
      return { id: "", props: {} };
    }
    const connection = values["connection"] ?? { kind: "local" };
    if (!isImport) {
      const outs = toEngine(kind, { connection }, found.outputs, secrets);
      return { id, props: outs };
    }
    // Whether an imported value is meant to be secret is not known.
    const all = new Set([...Object.keys(kind.secrets), ...Object.values(kind.secrets)]);
    return {
      id,
      props: toEngine(kind, { connection }, found.outputs, all),
      inputs: { connection, ...mark(found.inputs, all) },
    };
  }

  /** Brings a resource to the inputs. */
  async update(
    _id: string,
    urn: string,
    olds: Properties,
    news: Properties,
  ): Promise<UpdateResult> {
    const kind = kindOf(urn);
    const { inputs, secrets } = parse(kind, news);
    const outputs = await kind.update(inputs, unwrap(olds).values, this.context(urn));
    return { outs: toEngine(kind, inputs, outputs, secrets) };
  }

  /** Removes a resource. */
  async delete(_id: string, urn: string, props: Properties): Promise<void> {
    await kindOf(urn).delete(unwrap(props).values, this.context(urn));
  }

  /** The user interrupts: what waits ends and cleans up; what runs is finished. */
  cancel(): Promise<void> {
    this.abort.abort();
    return Promise.resolve();
  }

  private context(urn: string): Context {
    return {
      connection: this.connection,
      report: this.log.of(urn),
      signal: this.abort.signal,
    };
  }
}

/**
 * Serves the provider to the engine.
 *
 * @param args The arguments that the engine started the plugin with: its address.
 */
export async function serve(args: string[]): Promise<void> {
  const address = args.find((arg) => /^[^-].*:\d+$/.test(arg));
  await main(new HostsProvider(new EngineLog(address), new LocalConnection(process.ppid)), args);
}

function kindOf(urn: string): AnyKind {
  // urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const kind = kinds.get(type);
  if (!kind) {
    throw new Error(`the provider hosts has no resource type "${type}"`);
  }
  return kind;
}

/** The inputs that are known, with defaults filled in. */
function known(kind: AnyKind, values: Properties, unknowns: ReadonlySet<string>): Partial<Inputs> {
  const schema = unknowns.size === 0 ? kind.schema : kind.schema.partial();
  return schema.parse(values);
}

function parse(kind: AnyKind, news: Properties): { inputs: Inputs; secrets: Set<string> } {
  const { values, secrets } = unwrap(news);
  return { inputs: kind.schema.parse(values) as Inputs, secrets };
}

/** Outputs as the engine takes them: with the connection, and marked where an input was secret. */
function toEngine(
  kind: AnyKind,
  inputs: Inputs,
  outputs: Properties,
  secrets: ReadonlySet<string>,
): Properties {
  const outputNames = new Set([...secrets].map((name) => kind.secrets[name] ?? name));
  return { connection: inputs.connection, ...mark(outputs, outputNames) };
}

function mark(properties: Properties, secrets: ReadonlySet<string>): Properties {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, secrets.has(name) ? secret(value) : value]),
  );
}

/**
 * The engine prints the value of a property that a failure names, secrets in clear: the property is named in
 * the reason instead.
 */
function withoutValue({ property, reason }: CheckFailure): CheckFailure {
  return { property: "", reason: `${property}: ${reason}` };
}

function toFailure(issue: z.core.$ZodIssue): CheckFailure {
  if (issue.code === "unrecognized_keys") {
    return {
      property: [...issue.path, ...issue.keys].join("."),
      reason: "is not a property of this resource; remove it, or correct its name",
    };
  }
  return { property: issue.path.join("."), reason: issue.message };
}
