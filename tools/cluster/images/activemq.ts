import { javaBrokerRoot, javaEnv, javaImage } from "./java";
import { imageKey, rootRecipe, type ImageRecipe } from "./recipe";

const version = "6.1.7";
const broker = { fileName: `apache-activemq-${version}-bin.tar.gz`, home: "/opt/apache-activemq" };

const settings = {
  reference: `docker.io/apache/activemq-classic:${version}`,
  env: { ...javaEnv, ACTIVEMQ_HOME: broker.home, ACTIVEMQ_CONF: `${broker.home}/conf` },
};

/**
 * ActiveMQ Classic with the paths and the user, root, of the official image (https://hub.docker.com/r/apache/activemq-classic),
 * without its entrypoint: our pods start Java themselves.
 */
export function activemqImage(say: (line: string) => void): ImageRecipe {
  return {
    ...rootRecipe(settings, [imageKey(javaImage), broker], (root) =>
      javaBrokerRoot(broker, root, say),
    ),
    seconds: 20,
  };
}
