import { createHash, generateKeyPairSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** A resource that a program registered under mocks. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** As the provider sees them; secrets are wrapped, see {@link isSecret}. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** `<type>::<name>` of the parent; undefined at the top. */
  readonly parent: string | undefined;
  /** Name of the explicit provider; undefined where there is none. */
  readonly provider: string | undefined;
  /** Names, with those of a component's children, sorted. */
  readonly dependsOn: readonly string[];
  readonly deletedWith: string | undefined;
  readonly replaceWith: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

/** What a program returned and registered. */
export interface Recording<T> {
  readonly result: T;
  /** Sorted by type and name: the order of registration is not that of the source. */
  readonly resources: readonly RecordedResource[];
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): string[];
  getDeletedwith(): string;
  getReplaceWithList(): string[];
  getDeletebeforereplace(): boolean;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
}

/** The pair that a mocked `tls.PrivateKey` has, in the forms of the real one. */
export const generatedPair = generateKeyPairSync("rsa", {
  modulusLength: 1024,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});

/** What a mocked `random.RandomPassword` of that name has. */
export function generatedPassword(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 40);
}

/** What a mocked `random.RandomBytes` of that name has. */
export function generatedBytes(name: string, length: number): string {
  return createHash("sha256").update(name).digest().subarray(0, length).toString("base64");
}

/** What a mocked certificate of that name has. */
function generatedCertificate(name: string): { certPem: string; validityEndTime: string } {
  return { certPem: `certificate ${name}`, validityEndTime: "2030-01-01T00:00:00Z" };
}

const inputsAsState = (): Record<string, unknown> => ({});

/** What each type's provider adds to the inputs. A type that is not here is an error, but for Kubernetes'. */
const computed: Record<
  string,
  (name: string, inputs: Record<string, unknown>) => Record<string, unknown>
> = {
  "hosts:index:HostArchive": inputsAsState,
  "hosts:index:HostAuthorizationEntries": inputsAsState,
  "hosts:index:HostPackage": inputsAsState,
  "hosts:index:HostUser": inputsAsState,
  "hosts:index:HostDirectory": inputsAsState,
  "hosts:index:HostFile": inputsAsState,
  "hosts:index:HostService": inputsAsState,
  "pulumi:providers:rabbitmq": inputsAsState,
  "pulumi:providers:kubernetes": inputsAsState,
  "rabbitmq:index/vHost:VHost": inputsAsState,
  "rabbitmq:index/queue:Queue": inputsAsState,
  "rabbitmq:index/exchange:Exchange": inputsAsState,
  "rabbitmq:index/binding:Binding": inputsAsState,
  "rabbitmq:index/user:User": inputsAsState,
  "rabbitmq:index/permissions:Permissions": inputsAsState,
  "random:index/randomPassword:RandomPassword": (name) => ({ result: generatedPassword(name) }),
  "random:index/randomBytes:RandomBytes": (name, { length }) => ({
    base64: generatedBytes(name, Number(length)),
  }),
  "tls:index/privateKey:PrivateKey": (name) => ({
    privateKeyPem: generatedPair.privateKey,
    privateKeyPemPkcs8: `pkcs8 ${name}`,
    publicKeyPem: generatedPair.publicKey,
  }),
  "tls:index/certRequest:CertRequest": (name) => ({ certRequestPem: `request ${name}` }),
  "tls:index/selfSignedCert:SelfSignedCert": generatedCertificate,
  "tls:index/locallySignedCert:LocallySignedCert": generatedCertificate,
  "guard:index:Baseline": inputsAsState,
};

/**
 * Runs a program under mocks and records what it registers. One at a time: Pulumi's state is the process's.
 *
 * Secrets that a real provider marks itself (a generated password) arrive here in clear, so that a credential counts as
 * secret only where our own code made it one.
 */
export async function record<T>(
  program: () => T | Promise<T>,
  { stack = "local", preview = false } = {},
): Promise<Recording<T>> {
  const inputs = new Map<string, { custom: boolean; inputs: Record<string, unknown> }>();
  const options = new Map<string, RegisterRequest>();
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs: given, custom }) {
        const provided = given as Record<string, unknown>;
        const id = keyOf(type, name);
        if (inputs.has(id)) throw new Error(`${id}: registered twice`);
        inputs.set(id, { custom: custom ?? false, inputs: provided });
        if (!custom) return { id: undefined, state: provided };
        const provide = type.startsWith("kubernetes:") ? inputsAsState : computed[type];
        if (provide === undefined) throw new Error(`${type}: a type that the mocks do not know`);
        return { id: `${name}-id`, state: { ...provided, ...provide(name, provided) } };
      },
      call({ token }) {
        throw new Error(`${token}: a call that the mocks do not know`);
      },
    },
    "mq",
    stack,
    preview,
  );
  // Mocks hand on no options (style of the SDK): take them from the request.
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined) throw new Error("no mock monitor");
  type Register = typeof monitor.registerResource;
  const register = monitor.registerResource.bind(monitor) as (...args: unknown[]) => unknown;
  monitor.registerResource = ((request: RegisterRequest, ...rest: unknown[]) => {
    options.set(keyOf(request.getType(), request.getName()), request);
    return register(request, ...rest);
  }) as unknown as Register;

  const result = await program();
  // Waits until every registration has its answer, so that every urn is known.
  await pulumi.runtime.disconnect();
  return { result, resources: [...inputs].map(([id, of]) => recorded(id, of, options)).sort(byId) };
}

function recorded(
  id: string,
  of: { custom: boolean; inputs: Record<string, unknown> },
  options: ReadonlyMap<string, RegisterRequest>,
): RecordedResource {
  const request = options.get(id);
  if (request === undefined) throw new Error(`${id}: no request`);
  const { type, name } = nameOf(id);
  const urnName = (urn: string): string => urn.split("::").slice(3).join("::");
  const optional = (text: string): string | undefined => (text === "" ? undefined : text);
  const parent = optional(request.getParent());
  const provider = optional(request.getProvider());
  const deletedWith = optional(request.getDeletedwith());
  return {
    type,
    name,
    ...of,
    parent: parent && keyOf((parent.split("::")[2] ?? "").split("$").at(-1) ?? "", urnName(parent)),
    // A provider reference is `<urn>::<id>`.
    provider: provider && urnName(provider).split("::")[0],
    dependsOn: request.getDependenciesList().map(urnName).sort(),
    deletedWith: deletedWith && urnName(deletedWith),
    replaceWith: request.getReplaceWithList().map(urnName).sort(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
  };
}

const keyOf = (type: string, name: string): string => `${type}::${name}`;

function nameOf(id: string): { type: string; name: string } {
  // A type has no `::`; a name may.
  const [type = "", ...name] = id.split("::");
  return { type, name: name.join("::") };
}

function byId(a: RecordedResource, b: RecordedResource): number {
  return keyOf(a.type, a.name) < keyOf(b.type, b.name) ? -1 : 1;
}

/** The one resource of that type and name. */
export function find(
  resources: readonly RecordedResource[],
  type: string,
  name: string,
): RecordedResource {
  const found = resources.find((resource) => resource.type === type && resource.name === name);
  if (found === undefined) throw new Error(`${keyOf(type, name)}: not registered`);
  return found;
}

/** The signature of a secret on the wire. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Whether a recorded input is a secret. */
export function isSecret(input: unknown): input is { value: unknown } {
  return (
    typeof input === "object" &&
    input !== null &&
    (input as Record<string, unknown>)[signatureKey] === secretSignature
  );
}

/** The value of a recorded input, secrets in clear. */
export function reveal(input: unknown): unknown {
  if (isSecret(input)) return reveal(input.value);
  if (Array.isArray(input)) return input.map(reveal);
  if (typeof input !== "object" || input === null) return input;
  return Object.fromEntries(Object.entries(input).map(([key, below]) => [key, reveal(below)]));
}

/** All text in recorded inputs that is not inside of a secret. */
export function clearText(input: unknown): string[] {
  if (isSecret(input)) return [];
  if (typeof input === "string") return [input];
  if (typeof input !== "object" || input === null) return [];
  return Object.entries(input).flatMap(([key, below]) => [key, ...clearText(below)]);
}

/** The value of an output. */
export function value<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((resolved) => {
      resolve(resolved);
    });
  });
}

/** Whether an output is a secret. */
export function isSecretOutput(output: pulumi.Output<unknown>): Promise<boolean> {
  return pulumi.isSecret(output);
}
