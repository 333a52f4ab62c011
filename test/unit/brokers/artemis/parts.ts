import type { ArtemisCluster, ArtemisTls } from "../../../../components/brokers/artemis/config";

/** Where a certificate lies. */
export const tls: ArtemisTls = {
  certificate: "/etc/artemis-tls/tls.crt",
  key: "/etc/artemis-tls/tls.key",
  ca: "/etc/artemis-tls/ca.crt",
  clientCertificates: false,
};

/** Two nodes. */
export const cluster: ArtemisCluster = {
  nodes: ["artemis-0", "artemis-1"].map((name) => ({ name, host: `${name}.artemis-nodes` })),
  port: 61618,
  bind: "0.0.0.0",
  tls: false,
};
