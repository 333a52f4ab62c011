import { runIn } from "./debian";
import { javaBrokerRoot, javaEnv, javaImage } from "./java";
import { imageKey, rootRecipe, type ImageRecipe } from "./recipe";

const version = "2.44.0";
const broker = { fileName: `apache-artemis-${version}-bin.tar.gz`, home: "/opt/activemq-artemis" };
const instance = "/var/lib/artemis-instance";

const addUser = `
groupadd --system --gid 1001 artemis
useradd --system --uid 1001 --gid artemis artemis
mkdir ${instance}
chown artemis:artemis ${instance}
`;

/** By its name, as the official image has it: Kubernetes cannot see by it that it is not root. */
const settings = {
  reference: `docker.io/apache/activemq-artemis:${version}`,
  env: javaEnv,
  user: "artemis",
};

/**
 * Artemis with the paths and the user of the official image (https://hub.docker.com/r/apache/activemq-artemis), without its
 * entrypoint: our pods start Java themselves.
 */
export function artemisImage(say: (line: string) => void): ImageRecipe {
  return {
    ...rootRecipe(settings, [imageKey(javaImage), broker, addUser], async (root) => {
      await javaBrokerRoot(broker, root, say);
      await runIn(root, addUser);
    }),
    seconds: 20,
  };
}
