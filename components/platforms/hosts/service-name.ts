import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../../config/topology";
import { hostPath } from "./host-path";

/** The name of a service: two stacks on one machine do not share one. */
export function serviceName(role: string): string {
  return `mq-${pulumi.getStack()}-${role}`;
}

/** Where services that systemd does not run keep their state and log. */
export function servicesFolder(host: Host): string {
  return hostPath(host, "/var/lib/mq-services");
}
