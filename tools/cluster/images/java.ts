import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ensureArchive } from "../../brokers/archives";
import { tar, unpackImage } from "./archive";
import { debianRoot, runIn, slim } from "./debian";
import { ensureImage, rootRecipe, type ImageRecipe } from "./recipe";

const suite = "bookworm";
/** Where the images that the brokers' official ones stand on have Java (https://hub.docker.com/_/eclipse-temurin). */
const javaHome = "/opt/java/openjdk";

const install = `
apt-get update
apt-get install --yes --no-install-recommends openjdk-17-jre-headless openssl
mkdir --parents ${javaHome.slice(0, javaHome.lastIndexOf("/"))}
ln --symbolic "/usr/lib/jvm/java-17-openjdk-$(dpkg --print-architecture)" ${javaHome}
`;

/** The variables of what runs on {@link javaImage}. */
export const javaEnv = {
  JAVA_HOME: javaHome,
  PATH: `${javaHome}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
  LANG: "C.UTF-8",
};

/** Java without graphics, and openssl: made once for all brokers that run on it. */
export const javaImage: ImageRecipe = {
  ...rootRecipe(
    { reference: "docker.io/library/mq-java:17", env: javaEnv },
    [suite, install],
    async (root) => {
      await debianRoot(suite, root);
      await runIn(root, install);
      slim(root);
    },
  ),
  seconds: 60,
};

/** A broker in its published archive, and where its image has it. */
export interface JavaBroker {
  /** As its project publishes it. */
  readonly fileName: string;
  /** The folder that its official image has it in. */
  readonly home: string;
}

/** Makes a root file system that is {@link javaImage} and a broker. */
export async function javaBrokerRoot(
  { fileName, home }: JavaBroker,
  root: string,
  say: (line: string) => void,
): Promise<void> {
  await unpackImage(await ensureImage(javaImage, say), root);
  const folder = join(root, home);
  mkdirSync(folder, { recursive: true });
  const owner = ["--owner=0", "--group=0", "--no-same-owner"];
  const archive = await ensureArchive(fileName, { say });
  await tar(["-xzf", archive, "--strip-components=1", ...owner, "-C", folder]);
}
