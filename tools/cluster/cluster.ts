import { existsSync } from "node:fs";
import { join } from "node:path";
import type { BrokerKind } from "../../components/config/topology";
import { UserError } from "../lib/command";
import { bringUp } from "./bring-up";
import { clusterProcesses } from "./daemon";
import { partOf } from "./executable";
import { ensureImages } from "./images/images";
import { importImages } from "./node";
import { inNodeSpace } from "./node-space";
import { clusterName, runFolder } from "./paths";
import { hasLink, removeCluster } from "./remove";
import {
  claimState,
  readState,
  refuseWhileStarting,
  writeState,
  type ClusterMode,
  type ClusterState,
} from "./state";
import { Steps } from "./steps";
import { whyNoNode } from "./support";

/** A Kubernetes cluster for tests. */
export interface Cluster {
  /** Path of a kubeconfig. */
  readonly kubeconfig: string;
  readonly context: string;
  /** `given`: somebody else's, named by `MQ_TEST_KUBECONFIG` and `MQ_TEST_CONTEXT`. */
  readonly mode: ClusterMode | "given";
  /** A kubectl that fits. */
  readonly kubectl: string;
}

/** What to bring up. */
export interface ClusterOptions {
  /** Default: `node` where this machine can run containers, else `fake`. */
  readonly mode?: ClusterMode;
  /** Whose images the node gets, beside those that it has; default: RabbitMQ's. */
  readonly brokers?: readonly BrokerKind[];
  /** Is given each line of progress; default: standard error. */
  readonly say?: (line: string) => void;
}

const toStandardError = (line: string): void => {
  console.error(`mq: cluster: ${line}`);
};

/**
 * The cluster that there is: the given one, else ours where it is up.
 *
 * @throws {@link UserError} where only one of the two variables is set, or the file is not there.
 */
export function currentCluster(): Cluster | undefined {
  return givenCluster() ?? ownCluster(runFolder());
}

function givenCluster(): Cluster | undefined {
  const { MQ_TEST_KUBECONFIG: kubeconfig, MQ_TEST_CONTEXT: context } = process.env;
  if (kubeconfig === undefined && context === undefined) return undefined;
  if (kubeconfig === undefined || context === undefined) {
    throw new UserError(
      "MQ_TEST_KUBECONFIG and MQ_TEST_CONTEXT name a cluster together; set both, or none",
    );
  }
  if (!existsSync(kubeconfig)) {
    throw new UserError(`MQ_TEST_KUBECONFIG: no such file: ${kubeconfig}; name a kubeconfig`);
  }
  return { kubeconfig, context, mode: "given", kubectl: "kubectl" };
}

function ownCluster(folder: string): Cluster | undefined {
  const state = readState(folder);
  // After the machine was started anew the state is there still, and nothing else.
  if (state?.phase !== "up" || clusterProcesses(folder).length === 0) return undefined;
  return {
    kubeconfig: join(folder, "pki/admin.kubeconfig"),
    context: clusterName,
    mode: state.mode,
    kubectl: partOf(state.binFolder ?? "", "kubectl"),
  };
}

/**
 * Brings a cluster up, unless it is; then it gets the images that are new to it. What an `up` left behind that was
 * killed is removed first.
 *
 * @throws {@link UserError} where a cluster of another mode is up, another process brings one up, or something is missing.
 */
export async function clusterUp({
  mode,
  brokers = ["rabbitmq"],
  say = toStandardError,
}: ClusterOptions = {}): Promise<Cluster> {
  const folder = runFolder();
  const current = currentCluster();
  if (current !== undefined) {
    if (mode !== undefined && mode !== current.mode && current.mode !== "given") {
      throw new UserError(
        `cluster: one of mode ${current.mode} is up, and mode ${mode} is asked for; run npm run cluster:down first`,
      );
    }
    if (current.mode === "node") await renewImages(folder, brokers, say);
    return current;
  }
  const left = readState(folder);
  refuseWhileStarting(left);
  if (left !== undefined) {
    say("removes what is left of an earlier cluster …");
    await removeCluster(folder, left);
  }
  const state = await beginning(mode, say);
  claimState(folder, state);
  try {
    const steps = new Steps(say);
    writeState(folder, { ...(await bringUp(folder, state, brokers, steps)), phase: "up" });
    say(`up (mode ${state.mode}) in ${steps.total()}`);
  } catch (error) {
    say("removes what was begun …");
    await removeCluster(folder, readState(folder) ?? state);
    throw error;
  }
  const cluster = ownCluster(folder);
  if (cluster === undefined) throw new Error("the cluster was gone as soon as it was up");
  return cluster;
}

/** Gives a cluster that is up the images that it has not, or not of the sources as they are now. */
async function renewImages(
  folder: string,
  brokers: readonly BrokerKind[],
  say: (line: string) => void,
): Promise<void> {
  const state = readState(folder);
  if (state?.binFolder === undefined || state.node === undefined) return;
  const { pid, images } = state.node;
  const archives = await ensureImages(state.binFolder, say, brokers);
  const newer = archives.filter((archive) => !images.includes(archive));
  if (newer.length === 0) return;
  say(`imports ${String(newer.length)} images …`);
  await importImages(inNodeSpace(pid), newer);
  // An archive that is gone was of an image that is another one now.
  const kept = images.filter((archive) => existsSync(archive));
  writeState(folder, { ...state, node: { pid, images: [...kept, ...newer] } });
}

async function beginning(
  wanted: ClusterMode | undefined,
  say: (line: string) => void,
): Promise<ClusterState> {
  const obstacle = wanted === undefined || wanted === "node" ? await whyNoNode() : undefined;
  if (obstacle !== undefined && wanted === "node") {
    throw new UserError(
      `cluster: mode node is not possible here: ${obstacle}; mend that, or take mode fake`,
    );
  }
  if (obstacle !== undefined) say(`mode fake, in which nothing runs: ${obstacle}`);
  const mode = wanted ?? (obstacle === undefined ? "node" : "fake");
  if (mode === "node" && hasLink()) {
    throw new UserError(
      `cluster: the network link ${clusterName} is there already, so this machine has such a cluster of another user ` +
        "or another XDG_STATE_HOME; run npm run cluster:down there",
    );
  }
  return { mode, pid: process.pid, phase: "starting" };
}

/**
 * Ends the cluster and removes all of it; what took long to build stays. Nothing happens where there is none.
 *
 * @returns whether there was one.
 * @throws {@link UserError} where another process brings it up at this moment.
 */
export async function clusterDown(): Promise<boolean> {
  const folder = runFolder();
  const state = readState(folder);
  refuseWhileStarting(state);
  if (state === undefined) return false;
  await removeCluster(folder, state);
  return true;
}
