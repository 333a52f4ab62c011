import { z } from "zod";
import { quantityProblem } from "./quantity";

const bytes = (text: string): number => Buffer.byteLength(text, "utf8");

/**
 * A queue name: 1 to 200 bytes of letters, digits, `.`, `_`, `-`, `:`, beginning with a letter, a digit or `_`.
 *
 * Narrower than AMQP 0-9-1 (any UTF-8 up to 255 bytes): the name is a folder of the receiver, part of a STOMP
 * destination and of a permission pattern at the same time. `amq.` is reserved by the specification.
 */
export const queueName = z
  .string()
  .refine((name) => bytes(name) >= 1 && bytes(name) <= 200, {
    error: (issue) =>
      `a queue name has 1 to 200 bytes, this one has ${String(bytes(issue.input as string))}; shorten it`,
    abort: true,
  })
  .refine((name) => !name.startsWith("amq."), {
    error: "names that begin with amq. are reserved by AMQP 0-9-1; choose another prefix",
    abort: true,
  })
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._:-]*$/, {
    error:
      "a queue name holds letters, digits and . _ - : only and does not begin with a sign; rename it",
  });

/**
 * A broker user name: 1 to 64 letters, digits, `.`, `_`, `@`, `-`. `guest` is refused: every RabbitMQ knows its password.
 */
export const userName = z
  .string()
  .refine((name) => name.length >= 1 && name.length <= 64, {
    error: (issue) =>
      `a user name has 1 to 64 characters, this one has ${String((issue.input as string).length)}; choose another`,
    abort: true,
  })
  .refine((name) => name !== "guest", {
    error: "guest is every RabbitMQ's well-known user; name a user of your own",
    abort: true,
  })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]*$/, {
    error:
      "a user name holds letters, digits and . _ @ - only and begins with a letter or digit; rename it",
  });

/** The name of a host, collector or sender in the stack file: part of resource, service and file names. */
export const label = z.string().regex(/^[a-z]([a-z0-9-]{0,29}[a-z0-9])?$/, {
  error:
    "a name here has 1 to 31 lower-case letters, digits and -, begins with a letter and does not end with -; rename it",
});

/** A RabbitMQ virtual host: `/`, or 1 to 128 printable ASCII characters without spaces. */
export const vhostName = z.string().regex(/^[!-~]{1,128}$/, {
  error: "a vhost has 1 to 128 printable ASCII characters without spaces; rename it",
});

/** The base name of a signing key pair: `q` gives `q-private.pem` and `q-public.pem` (document 000). */
export const keyName = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,30}$/, {
  error: "a key name has 1 to 31 lower-case letters, digits and _ . -; rename it",
});

/** A TCP port. */
export const port = z
  .int({ error: "a port is a whole number; write it without quotes" })
  .min(1, { error: "a port is 1 to 65535; choose another" })
  .max(65535, { error: "a port is 1 to 65535; choose another" });

/** An absolute path that every configuration file here can hold: no space, no quote, no `; # = \`. */
export const absolutePath = z.string().regex(/^\/(?!.*(?:^|\/)\.\.(?:\/|$))[!$-&(-:<>-[\]-~]*$/, {
  error:
    "a path here is absolute, without .. and without spaces, quotes and ; # = \\; choose another",
});

/** The name of a Kubernetes object that is also a DNS label: 1 to 63 lower-case letters, digits and `-`. */
export const objectName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
  error:
    "a Kubernetes name has 1 to 63 lower-case letters, digits and -, and begins and ends with a letter or digit; rename it",
});

/** A context of a kubeconfig: 1 to 253 printable ASCII characters without spaces. */
export const contextName = z.string().regex(/^[!-~]{1,253}$/, {
  error: "a context is named as in `kubectl config get-contexts`; name one of yours",
});

/** A DNS name, its first label possibly `*`. */
export const dnsName = z
  .string()
  .max(253, { error: "a DNS name has at most 253 characters; shorten it" })
  .regex(/^(\*\.)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/, {
    error: "a DNS name has lower-case letters, digits, - and dots; rename it",
  });

/** A container image that is pinned: with a tag other than `latest`, or with a digest. */
export const image = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._:/-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$/, {
    error: "an image is written like rabbitmq:4.3.5-management; mend it",
    abort: true,
  })
  .refine((name) => /@sha256:[0-9a-f]{64}$/.test(name) || /:[^/:@]+(@|$)/.test(name), {
    error: "the image has no tag, and what runs would change by itself; add one, or a digest",
    abort: true,
  })
  .refine((name) => !/:latest(@|$)/.test(name), {
    error: "the tag latest moves, and what runs would change by itself; choose a version",
  });

const quantity = z
  .string({ error: "a quantity is text; write it in quotes" })
  .refine((text) => quantityProblem(text) === undefined, {
    error: (issue) => quantityProblem(issue.input as string) ?? "",
  });

/** Memory or disk space as Kubernetes writes it: `2Gi`. */
export const memory = quantity;

/** Processor time as Kubernetes writes it: `500m` is half a core. */
export const cpu = quantity;

/** A URL of http or https, without credentials. */
export const url = z.string().regex(/^https?:\/\/[^\s/@]+(\/[^\s@]*)?$/, {
  error: "a URL here is http:// or https:// with host and port, without user and password; mend it",
});
