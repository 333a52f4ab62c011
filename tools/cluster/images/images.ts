import type { BrokerKind } from "../../../components/config/topology";
import { activemqImage } from "./activemq";
import { artemisImage } from "./artemis";
import { pauseImage } from "./pause";
import { rabbitmqImage } from "./rabbitmq";
import { ensureImage, type ImageRecipe } from "./recipe";
import { workloadsImage } from "./workloads";

type Say = (line: string) => void;

const brokerImages: Readonly<Record<BrokerKind, (say: Say) => ImageRecipe>> = {
  rabbitmq: () => rabbitmqImage,
  activemq: activemqImage,
  artemis: artemisImage,
};

/**
 * Makes sure of all images that pods of tests run.
 *
 * @param brokers - those that are run; each takes its time and its space.
 * @returns the paths of their archives.
 */
export async function ensureImages(
  binFolder: string,
  say: Say,
  brokers: readonly BrokerKind[],
): Promise<string[]> {
  const ofBrokers = brokers.map((kind) => brokerImages[kind](say));
  const archives = [];
  for (const recipe of [pauseImage(binFolder), ...ofBrokers, workloadsImage(say)]) {
    archives.push(await ensureImage(recipe, say));
  }
  return archives;
}
