import { basename, posix } from "node:path";
import type { types } from "@pulumi/kubernetes";
import type { ImagePlan } from "../../../config/topology";
import { restrictedContainer } from "../../../platforms/kubernetes/pod-security";
import { exporterJar, jmxExporterAgent } from "../../java/jmx-exporter";
import { imageOf, littleResources } from "../pod";
import { common } from "./paths";

/** Name of the agent's configuration among the broker's files. */
export const exporterFile = "jmx-exporter.yaml";

/** The argument of `java` that loads the agent. */
export function exporterArgument(etc: string): string {
  const jar = posix.join(common.agent, basename(exporterJar));
  return jmxExporterAgent({ jar, config: `${etc}/${exporterFile}` });
}

/** What puts the agent, which the workloads' image has, where the broker finds it. */
export const exporterPod = {
  volume: { name: "metrics-agent", emptyDir: { sizeLimit: "16Mi" } },
  mount: { name: "metrics-agent", mountPath: common.agent, readOnly: true },
  initContainer: (workloads: ImagePlan): types.input.core.v1.Container => ({
    name: "metrics-agent",
    ...imageOf(workloads),
    command: ["cp", exporterJar, common.agent],
    securityContext: restrictedContainer,
    resources: littleResources(),
    volumeMounts: [{ name: "metrics-agent", mountPath: common.agent }],
  }),
};
