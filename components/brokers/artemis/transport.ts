import type { ArtemisConfig, ArtemisListener, ArtemisTls } from "./config";

/** `etc`'s file that names the certificate and its key, which Artemis reads as a key store. */
export const keyStoreFile = "tls.pemcfg";

/** What stands before the addresses of a protocol, and how its clients are treated. */
const options: Readonly<Record<ArtemisListener["protocol"], readonly string[]>> = {
  stomp: [
    "protocols=STOMP",
    "anycastPrefix=/queue/",
    "multicastPrefix=/topic/",
    // A client without heart-beats is not cut for its silence; the default is one minute.
    `connectionTtl=${String(24 * 60 * 60 * 1000)}`,
  ],
  // Nobody is let in without a password.
  amqp: ["protocols=AMQP", "saslMechanisms=PLAIN"],
  openwire: ["protocols=CORE,OPENWIRE", "supportAdvisory=false"],
};

/** Name and URI of a listener's acceptor. */
export function clientAcceptor(
  listener: ArtemisListener,
  config: Pick<ArtemisConfig, "etc" | "tls">,
): { name: string; uri: string } {
  const { protocol, host, port, tls } = listener;
  const name = tls ? `${protocol}-tls` : protocol;
  const secure = tls ? serverTls(name, config, config.tls?.clientCertificates === true) : [];
  return { name, uri: tcpUri(host, port, [...options[protocol], ...secure]) };
}

/** URI of the acceptor that nodes connect to. */
export function nodeAcceptor(
  { bind, port, tls }: { bind: string; port: number; tls: boolean },
  config: Pick<ArtemisConfig, "etc" | "tls">,
): string {
  return tcpUri(bind, port, [
    "protocols=CORE",
    ...(tls ? serverTls("cluster", config, false) : []),
  ]);
}

/** URI by which a node reaches another one, which has to prove its name where there is TLS. */
export function nodeConnector(
  host: string,
  port: number,
  tls: boolean,
  config: Pick<ArtemisConfig, "tls">,
): string {
  if (!tls) return tcpUri(host, port, []);
  return tcpUri(host, port, [
    "sslEnabled=true",
    ...versions,
    ...trusted(needed("cluster", config.tls)),
    "verifyHost=true",
  ]);
}

/** `tls.pemcfg`, as `key = value` lines. */
export function keyStore({ certificate, key }: ArtemisTls): readonly (readonly [string, string])[] {
  return [
    ["source.cert", certificate],
    ["source.key", key],
  ];
}

const versions: readonly string[] = ["enabledProtocols=TLSv1.3,TLSv1.2"];

function serverTls(
  name: string,
  config: Pick<ArtemisConfig, "etc" | "tls">,
  clientCertificates: boolean,
): string[] {
  const tls = needed(name, config.tls);
  return [
    "sslEnabled=true",
    ...versions,
    `keyStorePath=${encoded(`${config.etc}/${keyStoreFile}`)}`,
    "keyStoreType=PEMCFG",
    "sslAutoReload=true",
    ...(clientCertificates ? [...trusted(tls), "needClientAuth=true"] : []),
  ];
}

function trusted({ ca }: ArtemisTls): string[] {
  return [`trustStorePath=${encoded(ca)}`, "trustStoreType=PEMCA"];
}

function needed(name: string, tls: ArtemisTls | undefined): ArtemisTls {
  if (tls === undefined) {
    throw new Error(`acceptor ${name}: has TLS, and there is no certificate; give one`);
  }
  return tls;
}

function tcpUri(host: string, port: number, parameters: readonly string[]): string {
  const name = host.includes(":") ? `[${host}]` : host;
  const query = parameters.length > 0 ? `?${parameters.join(";")}` : "";
  return `tcp://${name}:${String(port)}${query}`;
}

/** A path as a parameter's value. */
function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
