import type { Host } from "../../config/topology";

/** Where an absolute path of the documents lies on a host: below its root. */
export function hostPath(host: Host, path: string): string {
  return host.root === "/" ? path : `${host.root}${path}`;
}
