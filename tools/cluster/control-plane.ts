import { join } from "node:path";
import { Api } from "./api";
import { startDaemon, waitUntil, type Daemon } from "./daemon";
import { partOf } from "./executable";
import { network } from "./network";
import { Authority } from "./pki";
import { freePorts } from "../lib/ports";

/** An API server that answers, and what it takes to go on from there. */
export interface ControlPlane {
  /** The administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly api: Api;
  readonly apiServer: Daemon;
  readonly authority: Authority;
  /** `https://…` of the API server. */
  readonly server: string;
}

/** Where a control plane is made. */
export interface ControlPlaneOptions {
  readonly folder: string;
  readonly binFolder: string;
  /** The address that the API server listens on. */
  readonly address: string;
}

/** The names and addresses that clients, in pods and outside, know the API server by. */
export function apiServerHosts(address: string): string[] {
  const service = "kubernetes.default.svc.cluster.local".split(".");
  const names = [1, 2, 3, 5].map((labels) => service.slice(0, labels).join("."));
  return [...new Set([...names, "localhost", "127.0.0.1", address, network.kubernetesService])];
}

/** Starts etcd and the API server. Pod Security admission is one of the API server's own defaults. */
export async function startApiServer({
  folder,
  binFolder,
  address,
}: ControlPlaneOptions): Promise<ControlPlane> {
  const pki = join(folder, "pki");
  const authority = await Authority.create(pki);
  const [[port = 0], [clientPort = 0, peerPort = 0]] = await Promise.all([
    freePorts(address, 1),
    freePorts("127.0.0.1", 2),
  ]);
  const server = `https://${address}:${String(port)}`;
  const admin = { commonName: "admin", organization: "system:masters" };
  const [serving, kubeletClient, frontProxy, etcd, kubeconfig] = await Promise.all([
    authority.issue("apiserver", {
      commonName: "kube-apiserver",
      hosts: apiServerHosts(address),
    }),
    authority.issue("kubelet-client", {
      commonName: "kube-apiserver-kubelet-client",
      organization: "system:masters",
    }),
    authority.issue("front-proxy", { commonName: "front-proxy" }),
    authority.issue("etcd", { commonName: "etcd", hosts: ["127.0.0.1"] }),
    authority.kubeconfig("admin", admin, server),
  ]);
  const tokens = authority.tokenKeys();
  const clients = `https://127.0.0.1:${String(clientPort)}`;
  const peers = `https://127.0.0.1:${String(peerPort)}`;
  // Others on this machine reach the port too; without a certificate they would be root in here.
  const tls = (prefix: string): string[] => [
    `--${prefix}cert-file=${etcd.certificate}`,
    `--${prefix}key-file=${etcd.key}`,
    `--${prefix}trusted-ca-file=${authority.certificate}`,
    `--${prefix}client-cert-auth`,
  ];
  const store = startDaemon(folder, "etcd", [
    "etcd",
    `--data-dir=${join(folder, "etcd")}`,
    "--unsafe-no-fsync",
    "--logger=zap",
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    ...tls(""),
    ...tls("peer-"),
  ]);
  const apiServer = startDaemon(folder, "kube-apiserver", [
    partOf(binFolder, "kube-apiserver"),
    `--etcd-servers=${clients}`,
    `--etcd-cafile=${authority.certificate}`,
    `--etcd-certfile=${etcd.certificate}`,
    `--etcd-keyfile=${etcd.key}`,
    `--bind-address=${address}`,
    `--secure-port=${String(port)}`,
    // A loopback address cannot be the endpoint of the Service `kubernetes`.
    ...(address.startsWith("127.") ? ["--endpoint-reconciler-type=none"] : []),
    `--tls-cert-file=${serving.certificate}`,
    `--tls-private-key-file=${serving.key}`,
    `--client-ca-file=${authority.certificate}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${tokens.publicKey}`,
    `--service-account-signing-key-file=${tokens.privateKey}`,
    `--service-cluster-ip-range=${network.services}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
    `--kubelet-client-certificate=${kubeletClient.certificate}`,
    `--kubelet-client-key=${kubeletClient.key}`,
    // The node's name is in no DNS.
    "--kubelet-preferred-address-types=InternalIP",
    `--proxy-client-cert-file=${frontProxy.certificate}`,
    `--proxy-client-key-file=${frontProxy.key}`,
    `--requestheader-client-ca-file=${authority.certificate}`,
    "--requestheader-allowed-names=front-proxy",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-username-headers=X-Remote-User",
  ]);
  const api = new Api(kubeconfig);
  await waitUntil("the API server is ready", [apiServer, store], () => api.has("/readyz"));
  return { kubeconfig, api, apiServer, authority, server };
}

/** Starts the controller manager and the scheduler, and waits until pods can be made. */
export async function startControllers(
  { api, authority, server, apiServer }: ControlPlane,
  { folder, binFolder }: ControlPlaneOptions,
): Promise<void> {
  const kubeconfig = (name: string): Promise<string> =>
    authority.kubeconfig(name, { commonName: `system:${name}` }, server);
  const [managerConfig, schedulerConfig] = await Promise.all([
    kubeconfig("kube-controller-manager"),
    kubeconfig("kube-scheduler"),
  ]);
  const common = (config: string): string[] => [
    `--kubeconfig=${config}`,
    "--leader-elect=false",
    // The default rates hold back a client of a large cluster: seconds, until the first service account is there.
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
    // Nobody asks it anything.
    "--secure-port=0",
  ];
  const manager = startDaemon(folder, "kube-controller-manager", [
    partOf(binFolder, "kube-controller-manager"),
    ...common(managerConfig),
    `--root-ca-file=${authority.certificate}`,
    `--service-account-private-key-file=${join(folder, "pki/tokens.key")}`,
    `--cluster-signing-cert-file=${authority.certificate}`,
    `--cluster-signing-key-file=${authority.key}`,
    "--use-service-account-credentials=true",
    "--allocate-node-cidrs=true",
    `--cluster-cidr=${network.pods}`,
    `--service-cluster-ip-range=${network.services}`,
    "--pvclaimbinder-sync-period=1s",
  ]);
  const scheduler = startDaemon(folder, "kube-scheduler", [
    partOf(binFolder, "kube-scheduler"),
    ...common(schedulerConfig),
  ]);
  await waitUntil("pods can be made", [manager, scheduler, apiServer], () =>
    api.has("/api/v1/namespaces/default/serviceaccounts/default"),
  );
}
