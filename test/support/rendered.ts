import { manifestsOf, type Manifest } from "./manifests";
import {
  generatedBytes,
  generatedPair,
  generatedPassword,
  reveal,
  value,
  type RecordedResource,
} from "./mocks";
import { runProgram } from "./program";
import type { OwnCertificate } from "./random-stack";
import { changed, sampleStack, type StackFileValues } from "./stack-values";

/** A whole program's objects, and what of it is secret. */
export interface Rendered {
  readonly manifests: readonly Manifest[];
  /** Values that must not stand outside of a Secret. */
  readonly secrets: readonly string[];
}

/** Runs the program on a stack file's values. One at a time: see {@link runProgram}. */
export async function render(values: StackFileValues, stack: string): Promise<Rendered> {
  const secretKeys = values.passwords === undefined ? [] : ["mq:passwords"];
  const { result, resources } = await runProgram(values, { stack, secretKeys });
  const clients = await value(result.clients);
  return {
    manifests: manifestsOf(resources),
    secrets: [
      ...Object.values(clients).map(({ password }) => password),
      ...resources.flatMap(generated),
    ],
  };
}

/** What the mocks generate for a resource. */
function generated({ type, name, inputs }: RecordedResource): string[] {
  switch (type) {
    case "random:index/randomPassword:RandomPassword":
      return [generatedPassword(name)];
    case "random:index/randomBytes:RandomBytes":
      return [generatedBytes(name, Number(reveal(inputs.length)))];
    case "tls:index/privateKey:PrivateKey":
      return [generatedPair.privateKey, `pkcs8 ${name}`];
    default:
      return [];
  }
}

/** The samples, and production with each thing changed that changes what kinds of objects there are, or what is in them. */
export function variants(own: OwnCertificate): Record<string, StackFileValues> {
  const prod = (path: readonly string[], to: unknown) => changed(sampleStack("prod"), path, to);
  const tls = (source: object) => prod(["broker", "tls"], { clientCertificates: true, ...source });
  return {
    dev: sampleStack("dev"),
    staging: sampleStack("staging"),
    artemis: artemis(),
    prod: sampleStack("prod"),
    issuer: tls({ issuer: { name: "corporate", kind: "ClusterIssuer" } }),
    secret: tls({ secret: { server: "my-server", client: "my-client" } }),
    existing: prod(["broker", "tls"], { existing: { ...own } }),
    "sender-secret": prod(["senders", "kermit", "as"], "secret"),
    "api-discovery": prod(["broker", "image"], "rabbitmq:4.0.9-management"),
    "client-namespaces": prod(["broker", "clientNamespaces"], ["apps", "batch"]),
    management: prod(["access"], { via: "management", endpoint: "https://mq.example.org" }),
  };
}

/** The sample with an ActiveMQ, with a cluster of Artemis in its place. */
function artemis(): StackFileValues {
  const values = sampleStack("staging");
  changed(values, ["broker", "image"], undefined);
  changed(values, ["broker", "replicas"], 2);
  return changed(values, ["broker", "kind"], "artemis");
}
