import { z } from "zod";

/** Schema of {@link ConnectionArgs}. */
export const connectionSchema = z.strictObject({ kind: z.literal("local") });

/** An absolute path in its shortest form. */
export const absolutePath = z
  .string()
  .regex(
    /^(\/|(\/(?!\.{1,2}(\/|$))[^/\0\n]+)+)$/,
    'must be an absolute path without "//", "." and ".." steps or a trailing "/"',
  );

/** Permission bits, octal; four digits after parsing. */
export const mode = z
  .string()
  .regex(/^[0-7]{3,4}$/, 'must be three or four octal digits in quotes, such as "0644"')
  .transform((digits) => digits.padStart(4, "0"));

/** Name or number of a user or group. */
export const accountName = z
  .string()
  .regex(/^([a-z_][a-z0-9_.-]*\$?|\d+)$/i, "must be the name or number of a user or group")
  .max(32, "must be at most 32 characters long");
