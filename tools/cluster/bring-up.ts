import { join } from "node:path";
import type { BrokerKind } from "../../components/config/topology";
import {
  startApiServer,
  startControllers,
  type ControlPlane,
  type ControlPlaneOptions,
} from "./control-plane";
import { startDaemon, waitUntil } from "./daemon";
import { ensureExecutable, partOf } from "./executable";
import { ensureImages } from "./images/images";
import { network, nodeName } from "./network";
import { isNodeReady, startContainerd, startNode } from "./node";
import { openNodeSpace, readKernelSettings } from "./node-space";
import { ensurePackages } from "./packages";
import { writeState, type ClusterState } from "./state";
import type { Steps } from "./steps";
import { storageClass } from "./storage";

interface Where {
  readonly folder: string;
  readonly binFolder: string;
}

/**
 * Starts everything of a cluster that was begun.
 *
 * @param brokers - whose images a node gets.
 * @returns what is known of it now.
 */
export async function bringUp(
  folder: string,
  begun: ClusterState,
  brokers: readonly BrokerKind[],
  steps: Steps,
): Promise<ClusterState> {
  await ensurePackages(begun.mode, steps.say);
  const binFolder = await ensureExecutable(folder, steps.say);
  const state = { ...begun, binFolder };
  const where = { folder, binFolder };
  if (state.mode === "node") return bringNodeUp(where, state, brokers, steps);
  const options = { ...where, address: "127.0.0.1" };
  if (state.mode === "control") {
    await steps.time("API server", () => startApiServer(options));
    return state;
  }
  const plane = await startControlPlane(options, steps);
  await steps.time("fake node", () => startFakeNode(where, plane));
  await startVolumes(where, plane);
  return state;
}

async function bringNodeUp(
  where: Where,
  begun: ClusterState,
  brokers: readonly BrokerKind[],
  steps: Steps,
): Promise<ClusterState> {
  const { folder, binFolder } = where;
  const images = await ensureImages(binFolder, steps.say, brokers);
  const kernelSettings = readKernelSettings();
  // Known before anything changes them, so that they are put back whatever happens.
  writeState(folder, { ...begun, kernelSettings });
  const space = await steps.time("namespaces of the node", () => openNodeSpace(folder));
  const options = { ...where, space };
  const [plane, containerd] = await both(
    startControlPlane({ ...where, address: network.machine }, steps),
    steps.time(`containerd with ${String(images.length)} images`, () =>
      startContainerd(options, images),
    ),
  );
  await steps.time("node", () => startNode(options, plane, containerd));
  await startVolumes(where, plane);
  return { ...begun, kernelSettings, node: { pid: space.holder.pid, images } };
}

/** Waits for both even where one fails: nothing may be started any more while what was begun is removed. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

async function startControlPlane(
  options: ControlPlaneOptions,
  steps: Steps,
): Promise<ControlPlane> {
  const plane = await steps.time("API server", () => startApiServer(options));
  await steps.time("controllers", () => startControllers(plane, options));
  return plane;
}

async function startFakeNode({ folder, binFolder }: Where, plane: ControlPlane): Promise<void> {
  const daemon = startDaemon(folder, "fake-node", [
    partOf(binFolder, "fake-node"),
    `--kubeconfig=${plane.kubeconfig}`,
    `--node=${nodeName}`,
  ]);
  await waitUntil("the fake node is ready", [daemon], () => isNodeReady(plane.api));
}

async function startVolumes({ folder, binFolder }: Where, plane: ControlPlane): Promise<void> {
  startDaemon(folder, "local-volumes", [
    partOf(binFolder, "local-volumes"),
    `--kubeconfig=${plane.kubeconfig}`,
    `--storage-class=${storageClass.metadata.name}`,
    `--node=${nodeName}`,
    `--folder=${join(folder, "volumes")}`,
  ]);
  const classes = "/apis/storage.k8s.io/v1/storageclasses";
  const { status, body } = await plane.api.post(classes, storageClass);
  if (status !== 201) throw new Error(`no StorageClass: ${JSON.stringify(body)}`);
}
