import * as pulumi from "@pulumi/pulumi";
import { authorizationEntries, grantEntries } from "../../../access/activemq-authorization";
import { groups } from "../../../access/rights";
import type { AuthorizationEntry, Host, HostsTopology } from "../../../config/topology";
import { HostAuthorizationEntries } from "../../../platforms/hosts/resources";

/** Arguments of {@link ExistingActiveMqAuthorization}. */
export interface ExistingActiveMqAuthorizationArgs {
  /** The machine that the broker runs on. */
  readonly host: Host;
  /** Absolute path of its `activemq.xml`; the host's root does not stand before it. */
  readonly config: string;
  /**
   * What restarts it: the name of its service, for `systemctl restart`; or a program with arguments, which ends with 0 when
   * the broker runs again.
   */
  readonly restart: string | readonly string[];
  readonly topology: AccessTopology;
}

type AccessTopology = Pick<HostsTopology, "queues" | "users" | "acl">;

/**
 * The grants of a stack in an ActiveMQ Classic that somebody else has set up: authorization entries among those of its
 * `activemq.xml`, and one restart when they change. Users, passwords and queues stay its owner's: each of the stack's users
 * has to be there, in a group of its own name (with `acl: compat`: in `mcollective`), and each queue that nobody may `manage`.
 *
 * Works with ActiveMQ Classic 5.18.
 */
export class ExistingActiveMqAuthorization extends pulumi.ComponentResource {
  /** Is there once the broker has the entries; the component itself where there are none. */
  readonly ready: pulumi.Resource;

  constructor(
    name: string,
    args: ExistingActiveMqAuthorizationArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mq:index:ExistingActiveMqAuthorization", name, { config: args.config }, opts);
    const { host, config, restart, topology } = args;
    const entries = existingBrokerEntries(topology);
    this.ready =
      entries.length === 0
        ? this
        : new HostAuthorizationEntries(
            `${name}-authorization`,
            {
              connection: host.connection,
              path: config,
              name: pulumi.getStack(),
              entries,
              restart:
                typeof restart === "string" ? ["systemctl", "restart", restart] : [...restart],
            },
            { parent: this },
          );
    this.registerOutputs({});
  }
}

/**
 * The stack's part of a broker's entries: what closes the rest, and what its administrators may do, is the owner's. With
 * `acl: compat` the two entries of document 000, which come to a broker where everybody has the advisory topics.
 */
export function existingBrokerEntries(topology: AccessTopology): AuthorizationEntry[] {
  if (topology.acl === "compat") return grantEntries(topology);
  const users = (names: string): string =>
    names
      .split(",")
      .filter((group) => group !== groups.administrators)
      .join(",");
  // The owner may have any connector.
  return authorizationEntries(topology, [], true)
    .filter(({ queue, topic }) => queue !== ">" && topic !== ">")
    .map(({ read, write, admin, ...destination }) => ({
      ...destination,
      read: users(read),
      write: users(write),
      admin: users(admin),
    }))
    .filter(({ read, write, admin }) => read + write + admin !== "");
}
