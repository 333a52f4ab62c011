// Runs a command of the project: `node tools/run.mjs NAME [ARGUMENT…]`. The only file here that has to work before the
// packages are installed: it installs them where that is due.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = join(dirname(fileURLToPath(import.meta.url)), "..");
const [name, ...argv] = process.argv.slice(2);

const [major] = process.versions.node.split(".").map(Number);
if (major < 20) {
  console.error(`mq: Node.js ${process.version} is too old; install Node.js 20 or newer`);
  process.exit(1);
}
installPackages();
if (!/^[a-z]+$/.test(name ?? "") || !existsSync(join(project, `tools/commands/${name}.ts`))) {
  console.error(`mq: no command ${name}; see package.json, scripts`);
  process.exit(2);
}
const require = createRequire(import.meta.url);
require("tsx/cjs/api").register();
const { runCommand } = require("./lib/command.ts");
process.exitCode = await runCommand(require(`./commands/${name}.ts`).command, argv);

/** `npm ci`, unless the installed packages are those of the lock file. */
function installPackages() {
  const lock = join(project, "package-lock.json");
  const installed = join(project, "node_modules", ".mq-package-lock.json");
  if (existsSync(installed) && readFileSync(installed).equals(readFileSync(lock))) return;
  console.error("mq: installing the npm packages of package-lock.json (about half a minute) …");
  const start = Date.now();
  // Provider plugins come from the toolchain, so that no package has to run an install script. Packages that ask for a
  // newer Node.js run on 20 as well; their warnings would only be noise.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", args, { cwd: project, stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    console.error("mq: npm ci failed, see above; mend that and run the same command again");
    process.exit(1);
  }
  copyFileSync(lock, installed);
  console.error(`mq: npm packages installed in ${Math.round((Date.now() - start) / 1000)} s`);
}
