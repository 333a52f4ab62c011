import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { apiServerHosts } from "../../../tools/cluster/control-plane";
import { Authority, extensions } from "../../../tools/cluster/pki";

let folder = "";
let authority: Authority;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mq-pki-"));
  authority = await Authority.create(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const read = (file: string): X509Certificate => new X509Certificate(readFileSync(file));

test("the API server has the names of its Service, its address and the loopback's, each once", () => {
  expect(apiServerHosts("10.213.0.1")).toStrictEqual([
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "localhost",
    "127.0.0.1",
    "10.213.0.1",
    "10.215.0.1",
  ]);
  expect(apiServerHosts("127.0.0.1").filter((host) => host === "127.0.0.1")).toHaveLength(1);
});

test.each<[string[], string[]]>([
  [[], ["basicConstraints=critical,CA:FALSE", "extendedKeyUsage=clientAuth"]],
  [
    ["etcd", "127.0.0.1", "fd00::1"],
    [
      "basicConstraints=critical,CA:FALSE",
      "extendedKeyUsage=clientAuth,serverAuth",
      "subjectAltName=DNS:etcd,IP:127.0.0.1,IP:fd00::1",
    ],
  ],
])("the extensions of a certificate for %j", (hosts, expected) => {
  expect(extensions({ commonName: "x", hosts })).toStrictEqual(expected);
});

test("a server's certificate is the authority's, has its hosts, and is none of an authority", async () => {
  const hosts = ["kubernetes", "10.213.0.1"];
  const pair = await authority.issue("server", { commonName: "kube-apiserver", hosts });
  const certificate = read(pair.certificate);
  expect(certificate.subject).toBe("CN=kube-apiserver");
  expect(certificate.subjectAltName).toBe("DNS:kubernetes, IP Address:10.213.0.1");
  expect(certificate.ca).toBe(false);
  expect(certificate.verify(read(authority.certificate).publicKey)).toBe(true);
  expect(read(authority.certificate).ca).toBe(true);
});

test("a kubeconfig has user and group of a client, and only its owner can read it", async () => {
  const user = { commonName: "system:node:node", organization: "system:nodes" };
  const file = await authority.kubeconfig("kubelet", user, "https://10.213.0.1:6443");
  const config = parse(readFileSync(file, "utf8")) as {
    clusters: unknown;
    contexts: unknown;
    users: [{ user: Record<"client-certificate-data", string> }];
  };
  const encoded = config.users[0].user["client-certificate-data"];
  const certificate = new X509Certificate(Buffer.from(encoded, "base64"));
  expect(certificate.subject).toBe("O=system:nodes\nCN=system:node:node");
  expect(config.clusters).toStrictEqual([
    {
      name: "mq-test",
      cluster: {
        server: "https://10.213.0.1:6443",
        "certificate-authority-data": readFileSync(authority.certificate).toString("base64"),
      },
    },
  ]);
  expect(config.contexts).toStrictEqual([
    { name: "mq-test", context: { cluster: "mq-test", user: "kubelet" } },
  ]);
  expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
});

test("keys can be read by their owner alone", async () => {
  const { key } = await authority.issue("client", { commonName: "x" });
  for (const file of [key, authority.key, authority.tokenKeys().privateKey]) {
    expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
  }
});
