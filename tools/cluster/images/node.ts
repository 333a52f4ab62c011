import { renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../lib/command";
import { run } from "../../lib/process";
import { debianRoot, slim } from "./debian";
import { rootRecipe, type ImageRecipe } from "./recipe";

const suite = "bookworm";
/** A package of npm that has Node.js in it: the official executable, for one processor each. */
const nodePackage = `node-linux-${process.arch}@22.23.3`;

/** Stands in for the official image of Node.js (https://hub.docker.com/_/node): the same Debian, the same executable. */
export const nodeImage: ImageRecipe = {
  ...rootRecipe(
    { reference: "docker.io/library/node:22-slim", command: ["node"] },
    [suite, nodePackage],
    async (root) => {
      await debianRoot(suite, root);
      const unpacked = await unpack(nodePackage, dirname(root));
      renameSync(join(unpacked, "bin/node"), join(root, "usr/local/bin/node"));
      rmSync(unpacked, { recursive: true });
      slim(root);
    },
  ),
  seconds: 40,
};

/** Downloads a package of npm. @returns the folder of its files. */
async function unpack(name: string, folder: string): Promise<string> {
  const archives = ["--pack-destination", folder, name];
  const packed = await run("npm", ["pack", "--silent", ...archives], { capture: true });
  const archive = join(folder, packed.stdout.trim());
  const tar = ["-xzf", archive, "--no-same-owner", "-C", folder];
  const { code } = packed.code === 0 ? await run("tar", tar) : packed;
  if (code !== 0) {
    throw new UserError(
      `image: the npm package ${name} was not to be had: ${packed.stderr.trim()}`,
    );
  }
  return join(folder, "package");
}
