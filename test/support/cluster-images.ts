import type { BrokerKind } from "../../components/config/topology";
import { clusterUp, currentCluster } from "../../tools/cluster/cluster";

/** Has the images of brokers in the test cluster; one that is given has to have them. */
export async function haveImages(brokers: readonly BrokerKind[]): Promise<void> {
  if (currentCluster()?.mode !== "node") return;
  await clusterUp({
    brokers,
    say: (line) => {
      console.error(`cluster tests: ${line}`);
    },
  });
}
