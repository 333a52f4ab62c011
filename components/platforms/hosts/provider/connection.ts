/** What stands at a path, itself, not what a symbolic link names. */
export interface PathInfo {
  kind: "file" | "directory" | "link" | "other";
  /** Owner, by name where the number has one. */
  owner: string;
  /** Group, by name where the number has one. */
  group: string;
  /** Permission bits, four octal digits. */
  mode: string;
}

/** Who owns a path and what may be done with it. */
export interface Ownership {
  /** User, by name or number. */
  owner: string;
  /** Group, by name or number. */
  group: string;
  /** Permission bits, octal. */
  mode: string;
}

/** An account of the host. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** How a command ended. */
export interface ExecResult {
  /** Exit status; 128 + the signal's number when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

/** How to run a command. */
export interface ExecOptions {
  /** Variables besides a minimal environment (PATH, HOME, LANG); nothing of the caller's is inherited. */
  env?: Record<string, string>;
  /** Called with each line of the command's output as it comes. */
  onLine?: (line: string) => void;
}

/** Who listens on a TCP port. */
export interface Listener {
  port: number;
  /** The process, where the effective user may see it. */
  pid?: number;
  /** Its command line's first word. */
  program?: string;
  /** The supervised service, by its mark, or the systemd unit that it belongs to. */
  service?: string;
}

/** What to ask a service for, to learn whether it is ready. */
export type Probe = { tcp: { host: string; port: number } } | { http: string };

/** All that the resources need from a host. One implementation for each way to reach it. */
export interface Connection {
  /** Path of the Node.js that runs on the host. */
  readonly node: string;
  /** The user in whose name things are done. */
  effectiveUser(): Promise<Account>;
  /** An account by name or number, or undefined. */
  account(user: string): Promise<Account | undefined>;
  /** A group's name by number or name; the given text when there is none. */
  groupName(group: string): Promise<string>;
  /** Runs a program, without a shell. Never throws for its exit status; 127 when there is no such program. */
  exec(command: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** What is at the path, or undefined. */
  stat(path: string): Promise<PathInfo | undefined>;
  /** A file's bytes, or undefined when there is none. */
  read(path: string): Promise<Buffer | undefined>;
  /** When the path was last modified, or undefined. */
  modified(path: string): Promise<Date | undefined>;
  /** The names in a directory; none when there is no such directory. */
  list(path: string): Promise<string[]>;
  /** Puts a file into place atomically: nobody ever sees it in part or with other rights. */
  write(path: string, content: string | Buffer, ownership: Ownership): Promise<void>;
  /** Makes one directory; false when there is one already. */
  makeDirectory(path: string, mode: string): Promise<boolean>;
  /** Sets owner, group and mode of a file or directory. */
  own(path: string, ownership: Ownership): Promise<void>;
  /** Gives the file a second name, unless something has that name already: then returns false. */
  link(path: string, other: string): Promise<boolean>;
  /** Renames a file, over what has the new name. */
  rename(path: string, other: string): Promise<void>;
  /** Removes a file, a link, or an empty directory; false when a directory is not empty. Nothing there is fine. */
  remove(path: string): Promise<boolean>;
  /** Removes a directory with all that is in it; links in it are removed, not followed. */
  removeTree(path: string): Promise<void>;
  /** Whether the effective user may create things in the directory. */
  writable(directory: string): Promise<boolean>;
  /** Who listens on the ports. */
  listeners(ports: readonly number[]): Promise<Listener[]>;
  /** Whether the probe succeeds from the host. */
  probe(probe: Probe): Promise<boolean>;
}
