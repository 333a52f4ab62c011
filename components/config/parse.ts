import type { z } from "zod";
import type { Environment } from "./environment";
import { resolveHosts } from "./hosts-topology";
import { resolveKubernetes } from "./kubernetes-topology";
import { StackFileError, problemsOf, type Problem } from "./problems";
import { checkHosts } from "./references-hosts";
import { checkKubernetes } from "./references-kubernetes";
import type { Resolved } from "./resolve";
import { platforms } from "./schema";
import type { PlainSecrets, Topology } from "./topology";

/**
 * The stack file as a topology.
 *
 * @param values - the values below `config:`, keys without `mq:`.
 * @throws {@link StackFileError} naming every key, rule and mend.
 */
export function parseStack(
  values: Record<string, unknown>,
  environment: Environment,
): { topology: Topology; secrets: PlainSecrets } {
  switch (values.platform) {
    case "hosts":
      return checked(resolveHosts(read(platforms.hosts, values), environment), checkHosts);
    case "kubernetes":
      return checked(
        resolveKubernetes(read(platforms.kubernetes, values), environment),
        checkKubernetes,
      );
    default: {
      const names = Object.keys(platforms).map((name) => `"${name}"`);
      throw new StackFileError([
        { path: ["platform"], message: `the platforms are: ${names.join(", ")}` },
      ]);
    }
  }
}

function read<S extends z.ZodType>(schema: S, values: Record<string, unknown>): z.output<S> {
  const parsed = schema.safeParse(values, { reportInput: true });
  if (!parsed.success) throw new StackFileError(problemsOf(parsed.error, schema));
  return parsed.data;
}

function checked<T extends Topology>(
  { topology, secrets, problems }: Resolved<T>,
  check: (topology: T, secrets: PlainSecrets) => Problem[],
): { topology: T; secrets: PlainSecrets } {
  const all = [...problems, ...check(topology, secrets)];
  if (all.length > 0) throw new StackFileError(all);
  return { topology, secrets };
}
