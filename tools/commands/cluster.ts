import { clusterDown, clusterUp, type Cluster } from "../cluster/cluster";
import { defineCommand, UserError } from "../lib/command";

const kinds = ["rabbitmq", "activemq", "artemis"] as const;
const modes = ["node", "fake", "control"] as const;

export const command = defineCommand({
  help: `usage: npm run cluster:up [-- --mode MODE] [--brokers KIND,…] | npm run cluster:down

Brings up a Kubernetes cluster for tests on this machine, or ends it and removes all of it. Nothing is downloaded but
packages of the distribution, npm and Maven, and Go modules; what is built once (about 5 minutes) is kept. The last lines are what a
shell needs, alone on standard output: eval "$(npm run --silent cluster:up)"

  --mode node      containers run; needs Linux and root
  --mode fake      pods are Ready without running; for what needs no more than the API
  --mode control   the API server alone
                   default: node where it is possible, else fake
  --brokers KIND,… whose images the node gets, also of a cluster that is up: rabbitmq (default), activemq, artemis

  MQ_TEST_KUBECONFIG, MQ_TEST_CONTEXT   a cluster of your own is used instead
  XDG_STATE_HOME   the running cluster is in mq/cluster below it; default ~/.local/state
  XDG_CACHE_HOME   what was built is kept in mq/cluster below it; default ~/.cache`,
  options: { mode: { type: "string" }, brokers: { type: "string" } },
  positionals: [1, 1],
  async run({ mode, brokers }, [action]) {
    if (action === "down") {
      console.error(`mq: cluster: ${(await clusterDown()) ? "down" : "there is none"}`);
      return;
    }
    if (action !== "up") throw new UserError(`cluster ${action ?? ""}: say up or down`);
    const wanted = {
      ...(mode !== undefined && { mode: modeOf(mode) }),
      ...(brokers !== undefined && { brokers: brokers.split(",").map(kindOf) }),
    };
    show(await clusterUp(wanted));
  },
});

function modeOf(text: string): (typeof modes)[number] {
  const mode = modes.find((each) => each === text);
  if (mode === undefined) throw new UserError(`--mode ${text}: say one of ${modes.join(", ")}`);
  return mode;
}

function kindOf(text: string): (typeof kinds)[number] {
  const kind = kinds.find((each) => each === text);
  if (kind === undefined) throw new UserError(`--brokers ${text}: say some of ${kinds.join(", ")}`);
  return kind;
}

function show({ kubeconfig, context, mode }: Cluster): void {
  console.error(`mq: cluster: is up, mode ${mode}, context ${context}`);
  console.log(`export KUBECONFIG=${kubeconfig}`);
}
