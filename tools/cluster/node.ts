import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../lib/process";
import type { Api } from "./api";
import { makeCgroups } from "./cgroups";
import type { ControlPlane } from "./control-plane";
import { startDaemon, waitUntil, type Daemon } from "./daemon";
import { partOf } from "./executable";
import { pauseReference } from "./images/pause";
import { network, nodeName } from "./network";
import { must, type Inside, type NodeSpace } from "./node-space";
import { clusterName } from "./paths";

/** Where a node is made. */
export interface NodeOptions {
  readonly folder: string;
  readonly binFolder: string;
  readonly space: NodeSpace;
}

/** Starts containerd and gives it images. */
export async function startContainerd(
  { folder, space }: NodeOptions,
  archives: readonly string[],
): Promise<Daemon> {
  const cni = join(folder, "cni");
  mkdirSync(cni, { recursive: true });
  writeFileSync(join(cni, "10-bridge.conflist"), JSON.stringify(podNetwork()));
  const config = join(folder, "containerd.toml");
  writeFileSync(config, containerdConfig(folder));
  const containerd = startDaemon(
    folder,
    "containerd",
    space.inside(["containerd", "--config", config]),
  );
  const works = async (...args: string[]): Promise<boolean> => {
    const [file, ...rest] = space.inside(["ctr", ...args]);
    return (await run(file, rest, { capture: true })).code === 0;
  };
  await waitUntil("containerd is ready", [containerd], () => works("version"), 30);
  await importImages(space.inside, archives);
  return containerd;
}

/** Gives the node images; one that it has by that name is replaced for containers to come. */
export async function importImages(inside: Inside, archives: readonly string[]): Promise<void> {
  for (const archive of archives) {
    await must(inside(["ctr", "--namespace", "k8s.io", "images", "import", archive]));
  }
}

/** Starts the kubelet, kube-proxy and the name server, and waits until the node is ready. */
export async function startNode(
  { folder, binFolder, space }: NodeOptions,
  { api, authority, server, kubeconfig }: ControlPlane,
  containerd: Daemon,
): Promise<void> {
  makeCgroups();
  const [kubeletConfig, proxyConfig] = await Promise.all([
    authority.kubeconfig(
      "kubelet",
      { commonName: `system:node:${nodeName}`, organization: "system:nodes" },
      server,
    ),
    authority.kubeconfig("kube-proxy", { commonName: "system:kube-proxy" }, server),
  ]);
  const written = (name: string, content: object): string => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  };
  const kubelet = startDaemon(
    folder,
    "kubelet",
    space.inside([
      partOf(binFolder, "kubelet"),
      `--config=${written("kubelet.json", kubeletSettings(folder, authority.certificate))}`,
      `--kubeconfig=${kubeletConfig}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${network.node}`,
      `--root-dir=${join(folder, "kubelet")}`,
      `--cert-dir=${join(folder, "kubelet-pki")}`,
    ]),
  );
  const proxy = startDaemon(
    folder,
    "kube-proxy",
    space.inside([
      partOf(binFolder, "kube-proxy"),
      `--config=${written("kube-proxy.json", proxySettings(proxyConfig))}`,
      `--hostname-override=${nodeName}`,
    ]),
  );
  const dns = startDaemon(
    folder,
    "cluster-dns",
    space.inside([
      partOf(binFolder, "cluster-dns"),
      `--kubeconfig=${kubeconfig}`,
      `--listen=${network.node}:53`,
    ]),
  );
  await waitUntil("the node is ready", [kubelet, containerd, proxy, dns], () => isNodeReady(api));
}

/** Whether pods can run on the node, real or not. */
export async function isNodeReady(api: Api): Promise<boolean> {
  const answer = await api.get(`/api/v1/nodes/${nodeName}`).catch(() => undefined);
  const { conditions = [] } = answer?.status === 200 ? (answer.body as NodeObject).status : {};
  return conditions.some(({ type, status: met }) => type === "Ready" && met === "True");
}

interface NodeObject {
  readonly status: { readonly conditions?: readonly { type: string; status: string }[] };
}

function podNetwork(): object {
  const ipam = {
    type: "host-local",
    ranges: [[{ subnet: network.pods }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  const bridge = { type: "bridge", bridge: "pods", isGateway: true, hairpinMode: true, ipam };
  return { cniVersion: "0.4.0", name: clusterName, plugins: [bridge] };
}

function containerdConfig(folder: string): string {
  return `version = 2
root = "${join(folder, "containerd")}"
disabled_plugins = ["io.containerd.internal.v1.opt"]

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseReference}"
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE runc cannot give a sandbox the score -998 that the kubelet asks for, and dies.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(folder, "cni")}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;
}

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
function kubeletSettings(folder: string, authority: string): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: network.node,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: authority },
    },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${clusterName}`,
    failCgroupV1: false,
    failSwapOn: false,
    containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    clusterDomain: "cluster.local",
    clusterDNS: [network.node],
    resolvConf: "",
    podLogsDir: join(folder, "pod-logs"),
    volumePluginDir: join(folder, "volume-plugins"),
    // Images cannot be pulled again, and the disk is not this cluster's alone.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      "memory.available": "100Mi",
      "nodefs.available": "1%",
      "imagefs.available": "1%",
    },
  };
}

/** https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/ */
function proxySettings(kubeconfig: string): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "iptables",
    clusterCIDR: network.pods,
    clientConnection: { kubeconfig },
    // The tables of connections are the machine's.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  };
}
