import { nodeProperties } from "./command";
import type { ArtemisConfig } from "./config";
import { nodeConnector } from "./transport";
import type { Elements } from "./xml";

const group = "mq";

/** The connector by which the others reach this node. */
const own = "self";

/**
 * The parts of `broker.xml` that make nodes a cluster; none where there is one node. Messages go where a consumer is, and a
 * node that is stopped hands all of its messages to another one first.
 *
 * @see https://activemq.apache.org/components/artemis/documentation/2.44.0/clusters.html
 */
export function clusterElements(config: ArtemisConfig): Elements {
  const { cluster } = config;
  if (cluster === undefined) return {};
  const { nodes, port, tls } = cluster;
  const connectors = [
    { name: own, uri: nodeConnector(`\${${nodeProperties.host}}`, port, tls, config) },
    ...nodes.map((node) => ({
      name: `node-${node.name}`,
      uri: nodeConnector(node.host, node.port ?? port, tls, config),
    })),
  ];
  const others = { "connector-ref": nodes.map(({ name }) => `node-${name}`) };
  return {
    connectors: { connector: connectors.map(({ name, uri }) => ({ "@name": name, "#": uri })) },
    "cluster-connections": {
      "cluster-connection": {
        "@name": group,
        "connector-ref": own,
        "use-duplicate-detection": "true",
        "message-load-balancing": "ON_DEMAND",
        "max-hops": "1",
        "static-connectors": others,
      },
    },
    "ha-policy": {
      "primary-only": {
        "scale-down": {
          // With a group the target is another node for sure; without, any of the connectors, be it this node's own.
          "group-name": group,
          connectors: others,
        },
      },
    },
  };
}
