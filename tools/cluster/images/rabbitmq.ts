import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debianRoot, runIn, slim } from "./debian";
import { rootRecipe, type ImageRecipe } from "./recipe";

const suite = "trixie";
/** The release that this suite of Debian has. */
const version = "4.0.5";
const home = "/opt/rabbitmq";

const install = `
groupadd --system --gid 999 rabbitmq
useradd --system --uid 999 --gid 999 --home-dir /var/lib/rabbitmq --shell /usr/sbin/nologin rabbitmq
apt-get update
apt-get install --yes --no-install-recommends rabbitmq-server=${version}-*
rm -rf /var/lib/rabbitmq/.erlang.cookie /var/lib/rabbitmq/mnesia
mkdir -p /etc/rabbitmq/conf.d
chown -R rabbitmq:rabbitmq /etc/rabbitmq /var/lib/rabbitmq /var/log/rabbitmq
`;

/** The files that the official image has in `/etc/rabbitmq`, in its variant with the management plugin. */
const configuration = {
  enabled_plugins: "[rabbitmq_management,rabbitmq_prometheus].\n",
  "conf.d/10-defaults.conf": "loopback_users.guest = false\nlog.console = true\n",
};

const settings = {
  reference: `docker.io/library/rabbitmq:${version}-management`,
  env: {
    // Debian's wrappers in /usr/sbin hide the output and do not pass signals on.
    PATH: `${home}/sbin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: "/var/lib/rabbitmq",
    RABBITMQ_DATA_DIR: "/var/lib/rabbitmq",
    RABBITMQ_VERSION: version,
    LANG: "C.UTF-8",
    LC_ALL: "C.UTF-8",
  },
  command: ["rabbitmq-server"],
};

/**
 * RabbitMQ with the paths, the user and the commands of the official image (https://hub.docker.com/_/rabbitmq), from
 * Debian's package.
 */
export const rabbitmqImage: ImageRecipe = {
  ...rootRecipe(settings, [suite, install, configuration], async (root) => {
    await debianRoot(suite, root);
    mkdirSync(join(root, "etc/rabbitmq/conf.d"), { recursive: true });
    for (const [name, text] of Object.entries(configuration)) {
      writeFileSync(join(root, "etc/rabbitmq", name), text);
    }
    await runIn(root, install);
    symlinkSync(`/usr/lib/rabbitmq/lib/rabbitmq_server-${version}`, join(root, home));
    slim(root);
  }),
  seconds: 40,
};
