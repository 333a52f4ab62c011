import { isDeepStrictEqual } from "node:util";

import {
  type CheckResult,
  type CreateResult,
  type DiffResult,
  main,
  type Provider,
  type ReadResult,
  type UpdateResult,
} from "@pulumi/pulumi/provider";

import { EngineLog } from "../../../hosts/provider/engine-log";
import { type Properties, unwrap } from "../../../hosts/provider/values";
import { type Baseline, baselineSchema } from "../baseline";
import { type Refusal, refusals } from "../refusals";

/** The provider `guard`: its one resource is in the state only, and its check compares old inputs with new ones. */
export class GuardProvider implements Provider {
  readonly version = "0.1.0";

  /** @param log Shows messages to the user. */
  constructor(private readonly log: EngineLog) {}

  /** Refuses changes that lose data, unless they are allowed. */
  check(urn: string, olds: Properties, news: Properties): Promise<CheckResult> {
    const next = baselineSchema.safeParse(unwrap(news).values);
    if (!next.success) {
      return refuse(next.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`));
    }
    const found = compared(unwrap(olds).values, next.data);
    const { allow } = next.data;
    const idle = allow.filter((key) => !found.some((refusal) => refusal.key === key));
    if (idle.length > 0) {
      this.log
        .of(urn)
        .info(
          `mq:kubernetes.allow: ${idle.join(", ")}: no such change here; remove it from the list`,
        );
    }
    return refuse(
      found
        .filter(({ key }) => !allow.includes(key))
        .map(
          ({ key, message }) =>
            `mq:${key}: ${message}. To have it all the same, list "${key}" in mq:kubernetes.allow`,
        ),
    );
  }

  /** Compares the inputs with those in the state. */
  diff(_id: string, _urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    return Promise.resolve({
      changes: !isDeepStrictEqual(unwrap(olds).values, unwrap(news).values),
    });
  }

  /** Stores the inputs. */
  create(_urn: string, news: Properties): Promise<CreateResult> {
    return Promise.resolve({ id: "baseline", outs: unwrap(news).values });
  }

  /** Nothing but the state knows it. */
  read(id: string, _urn: string, props: Properties = {}): Promise<ReadResult> {
    return Promise.resolve({ id, props });
  }

  /** Stores the inputs. */
  update(_id: string, _urn: string, _olds: Properties, news: Properties): Promise<UpdateResult> {
    return Promise.resolve({ outs: unwrap(news).values });
  }

  /** There is nothing to delete. */
  delete(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Serves the provider to the engine.
 *
 * @param args The arguments that the engine started the plugin with: its address.
 */
export async function serve(args: string[]): Promise<void> {
  const address = args.find((arg) => /^[^-].*:\d+$/.test(arg));
  await main(new GuardProvider(new EngineLog(address)), args);
}

/** What is refused; a resource that is new is compared with nothing. */
function compared(olds: Properties, next: Baseline): Refusal[] {
  if (Object.keys(olds).length === 0) return [];
  const old = baselineSchema.safeParse(olds);
  if (old.success) return refusals(old.data, next);
  const message =
    "another version of this program wrote it, and this one cannot compare; look at the preview for what is replaced or deleted";
  return [{ key: "kubernetes.baseline", message }];
}

/** The engine prints the value of a property that a failure names: it is named in the reason alone. */
function refuse(reasons: readonly string[]): Promise<CheckResult> {
  return Promise.resolve({ failures: reasons.map((reason) => ({ property: "", reason })) });
}
