/**
 * The addresses of the cluster. The machine and the node are the two ends of a link; the machine has a route to pods and
 * Services through the node.
 */
export const network = {
  machine: "10.213.0.1",
  node: "10.213.0.2",
  linkPrefix: 30,
  pods: "10.214.0.0/16",
  services: "10.215.0.0/16",
  /** The Service of the API server: the first address of all Services. */
  kubernetesService: "10.215.0.1",
} as const;

/** The node's name, whether it is real or not. */
export const nodeName = "node";
