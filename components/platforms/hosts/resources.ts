import * as pulumi from "@pulumi/pulumi";

import type { AuthorizationEntry } from "../../config/topology";

/** How a host is reached. `local` is the machine that runs `pulumi`. */
export interface ConnectionArgs {
  /** The kind of connection. */
  kind: "local";
}

/** What every resource of a host needs to know. */
export interface HostResourceArgs {
  /** The host on which the resource lives. A change replaces the resource. */
  connection: ConnectionArgs;
}

/** Arguments of {@link HostPackage}. */
export interface HostPackageArgs extends HostResourceArgs {
  /** The package's name as the distribution's package manager knows it. A change replaces the resource. */
  name: string;
  /**
   * `false` keeps the services that the package brings from being started by its installer
   * (Debian's policy-rc.d, exit code 101); packages of other families never start theirs.
   * It matters only while the package is installed. Defaults to true.
   */
  startServices?: boolean;
}

/**
 * A package of the host's distribution (apt, zypper, yum or dnf). Needs root unless it is there already.
 * A package that was there before stays when the resource is deleted; else the packages which this very
 * installation added are removed, except those that something else came to depend on.
 */
export class HostPackage extends pulumi.CustomResource {
  /** The package's name. */
  declare readonly name: pulumi.Output<string>;
  /** The packages that the installation added, this one and its dependencies; empty when it was there before. */
  declare readonly added: pulumi.Output<string[]>;

  /**
   * @param name The unique name of the resource.
   * @param args What to install, and where.
   * @param opts Options of the resource.
   */
  constructor(name: string, args: HostPackageArgs, opts?: pulumi.CustomResourceOptions) {
    super("hosts:index:HostPackage", name, { added: undefined, ...args }, opts);
  }
}

/** Arguments of {@link HostUser}. */
export interface HostUserArgs extends HostResourceArgs {
  /** The account's name. A change replaces the resource. */
  name: string;
  /** The home directory that is recorded for the account; it is not created. Defaults to `/nonexistent`. */
  home?: string;
}

/**
 * A system account without login, with a group of the same name. Needs root unless it is there already.
 * An account that was there before is left as it is, also when the resource is deleted.
 */
export class HostUser extends pulumi.CustomResource {
  /** The account's name. */
  declare readonly name: pulumi.Output<string>;
  /** Whether this resource made the account, and so removes it. */
  declare readonly created: pulumi.Output<boolean>;

  /**
   * @param name The unique name of the resource.
   * @param args Which account, and where.
   * @param opts Options of the resource.
   */
  constructor(name: string, args: HostUserArgs, opts?: pulumi.CustomResourceOptions) {
    super("hosts:index:HostUser", name, { created: undefined, ...args }, opts);
  }
}

/** Arguments of {@link HostDirectory}. */
export interface HostDirectoryArgs extends HostResourceArgs {
  /** Absolute path. Missing parents are made too (mode 0755). A change replaces the resource. */
  path: string;
  /** User that owns it, by name or number. Defaults to the user that runs the provider. */
  owner?: string;
  /** Group that owns it, by name or number. Defaults to the owner's primary group. */
  group?: string;
  /** Permission bits, octal. Defaults to `0755`. */
  mode?: string;
  /** `true`: never removed on delete (data, collected files). Defaults to false. */
  keep?: boolean;
}

/**
 * A directory. On delete it is removed with its content if this resource made it and `keep` is not set; a
 * directory that was there before stays. Parents that were made for it are removed when they are empty.
 */
export class HostDirectory extends pulumi.CustomResource {
  /** Absolute path. */
  declare readonly path: pulumi.Output<string>;
  /** The directories that this resource made, the outermost first. */
  declare readonly created: pulumi.Output<string[]>;

  /**
   * @param name The unique name of the resource.
   * @param args Which directory, and where.
   * @param opts Options of the resource.
   */
  constructor(name: string, args: HostDirectoryArgs, opts?: pulumi.CustomResourceOptions) {
    super("hosts:index:HostDirectory", name, { created: undefined, ...args }, opts);
  }
}

/** Arguments of {@link HostFile}. */
export interface HostFileArgs extends HostResourceArgs {
  /** Absolute path; the directory must exist when the file is written. A change replaces the resource. */
  path: string;
  /** The file's text. May be a secret: the state then holds it, and its hash, encrypted only. */
  content: pulumi.Input<string>;
  /** User that owns it, by name or number. Defaults to the user that runs the provider. */
  owner?: string;
  /** Group that owns it, by name or number. Defaults to the owner's primary group. */
  group?: string;
  /** Permission bits, octal. Defaults to `0644`. */
  mode?: string;
}

/**
 * A regular file, written atomically. A different file that was there before is kept as `<path>.before-mq`
 * and put back on delete.
 */
export class HostFile extends pulumi.CustomResource {
  /** Absolute path. */
  declare readonly path: pulumi.Output<string>;
  /** SHA-256 of the content, in hex; a secret when the content is one. */
  declare readonly contentSha256: pulumi.Output<string>;
  /** Where the file that was there before is kept; empty when there was none. */
  declare readonly backup: pulumi.Output<string>;

  /**
   * @param name The unique name of the resource.
   * @param args Which file with what content, and where.
   * @param opts Options of the resource.
   */
  constructor(name: string, args: HostFileArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "hosts:index:HostFile",
      name,
      { contentSha256: undefined, backup: undefined, ...args },
      opts,
    );
  }
}

/** Arguments of {@link HostArchive}. */
export interface HostArchiveArgs extends HostResourceArgs {
  /**
   * Absolute path of the `.tar.gz` on the machine that runs `pulumi`. It is read when there is something to unpack, never
   * by a preview, and may be another one on another machine: a change of the path alone changes nothing.
   */
  source: string;
  /** What the archive holds. A change unpacks it again. */
  version: string;
  /** SHA-512 that the archive must have, in hex. Defaults to: whatever it has. */
  sha512?: string;
  /** Absolute path of the folder. Missing parents are made too (mode 0755). A change replaces the resource. */
  path: string;
}

/**
 * An archive of plain files, unpacked without the one folder that all of it is in, atomically, and owned by the user that
 * runs the provider. Files that are missing, added or of another size are seen by `refresh`; then, and when the version
 * changes, all of it is unpacked again. A folder that was there before is refused.
 */
export class HostArchive extends pulumi.CustomResource {
  /** Absolute path. */
  declare readonly path: pulumi.Output<string>;
  /** SHA-512 of the archive, in hex. */
  declare readonly sha512: pulumi.Output<string>;

  /**
   * @param name The unique name of the resource.
   * @param args Which archive, and where.
   * @param opts Options of the resource.
   */
  constructor(name: string, args: HostArchiveArgs, opts?: pulumi.CustomResourceOptions) {
    super("hosts:index:HostArchive", name, { sha512: undefined, ...args }, opts);
  }
}

/** When a service counts as ready: a TCP port takes connections, or a URL answers with a status below 500. */
export type ReadyProbe = { tcp: { host: string; port: number } } | { http: string };

/** Arguments of {@link HostService}. */
export interface HostServiceArgs extends HostResourceArgs {
  /** The service's name: of the systemd unit, or of the supervisor's files. A change replaces the resource. */
  name: string;
  /** One line for people. Defaults to the name. */
  description?: string;
  /** Program, by its absolute path, and arguments. The program stays in the foreground. No secrets. */
  command: string[];
  /** Environment variables besides a minimal set (PATH, HOME, USER, LANG). No secrets: put those in a file. */
  environment?: Record<string, string>;
  /** User that it runs as. Defaults to the user that runs the provider. Another one needs root. */
  user?: string;
  /** Where it runs. Defaults to `/`. */
  workingDirectory?: string;
  /**
   * Absolute path of the directory where the supervisor keeps `<name>.json`, `<name>.pid` and `<name>.log`;
   * unused where systemd is PID 1. A change replaces the resource.
   */
  stateDirectory: string;
  /** Label to TCP port that the service will listen on. One that is taken already is refused before anything is made. */
  ports?: Record<string, number>;
  /** What to wait for after a start. Defaults to: that the process is there. */
  ready?: ReadyProbe;
  /** Seconds to wait for `ready`; then the service is stopped and the end of its log reported. Defaults to 60. */
  readyTimeoutSeconds?: number;
  /** Seconds between the request to stop (SIGTERM) and SIGKILL. Defaults to 30. */
  stopTimeoutSeconds?: number;
  /** A change of this value (a hash of what the service reads) restarts the service once. */
  restartOn?: pulumi.Input<string>;
}

/**
 * A service that is kept running: by systemd where it is PID 1, else by a supervisor process of its own.
 * A change of command, environment, user, working directory, stop timeout or `restartOn` restarts it once.
 */
export class HostService extends pulumi.CustomResource {
  /** The service's name. */
  declare readonly name: pulumi.Output<string>;
  /** Whether it runs, as defined. */
  declare readonly running: pulumi.Output<boolean>;

  /**
   * @param name The unique name of the resource.
   * @param args What to run, and where.
   * @param opts Options of the resource.
   */
  constructor(name: string, args: HostServiceArgs, opts?: pulumi.CustomResourceOptions) {
    super("hosts:index:HostService", name, { running: undefined, ...args }, opts);
  }
}

/** Arguments of {@link HostAuthorizationEntries}. */
export interface HostAuthorizationEntriesArgs extends HostResourceArgs {
  /** Absolute path of the `activemq.xml`, which must be there. A change replaces the resource. */
  path: string;
  /** Stands in the comments around our entries; each of several resources for one file has its own. A change replaces the resource. */
  name: string;
  /** What is added, at least one. */
  entries: readonly AuthorizationEntry[];
  /**
   * Program and arguments that restart the broker and end with 0 when it runs again; run after each change of the file, also
   * when the resource is deleted. When it fails, the file is put back and it is run once more. No secrets. Defaults to: no
   * restart.
   */
  restart?: string[];
}

/**
 * Entries among those that the `activemq.xml` of an ActiveMQ Classic has in its `authorizationPlugin`. Every other byte of the
 * file stays, and owner and mode. The file that was there before is kept as `<path>.before-mq`, until the resource is deleted
 * and the file is that again.
 */
export class HostAuthorizationEntries extends pulumi.CustomResource {
  /** Absolute path of the file. */
  declare readonly path: pulumi.Output<string>;
  /** Our entries as they stand in the file. */
  declare readonly found: pulumi.Output<string[]>;

  /**
   * @param name The unique name of the resource.
   * @param args Which entries, and where.
   * @param opts Options of the resource.
   */
  constructor(
    name: string,
    args: HostAuthorizationEntriesArgs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super("hosts:index:HostAuthorizationEntries", name, { found: undefined, ...args }, opts);
  }
}
