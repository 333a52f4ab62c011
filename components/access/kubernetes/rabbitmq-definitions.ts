import { createHash } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { passwordHash } from "../../brokers/rabbitmq/definitions";
import { accessDefinitionsKey } from "../../brokers/rabbitmq/kubernetes/names";
import type { KubernetesTopology } from "../../config/topology";
import { labelsOf } from "../../platforms/kubernetes/labels";
import type { Scope } from "../../platforms/kubernetes/scope";
import { passwordOf, type ClientPasswords } from "../client-passwords";
import { rabbitMqDefinitions, shards } from "../rabbitmq-definitions";

/** Arguments of {@link RabbitMqDefinitions}. */
export interface RabbitMqDefinitionsArgs {
  readonly scope: Scope;
  readonly topology: Pick<KubernetesTopology, "vhosts" | "queues" | "users" | "acl">;
  readonly passwords: ClientPasswords;
}

/** As long as every hash that RabbitMQ stores, so that the shards are known before the passwords are. */
const anyHash = passwordHash("", Buffer.alloc(4).toString("base64"));

/**
 * Vhosts, users, permissions and queues of a RabbitMQ broker as definitions in Secrets, each of which one can hold: two
 * resources for a thousand users.
 *
 * Pods name the Secrets as text: what mounts them has to depend on this component.
 */
export class RabbitMqDefinitions extends pulumi.ComponentResource {
  /** Names of the Secrets, in the order in which they are to be imported. */
  readonly secrets: readonly string[];
  /** SHA-256 of the definitions, in hex; no secret, as the salts that are part of it are random. */
  readonly hash: pulumi.Output<string>;

  constructor(name: string, args: RabbitMqDefinitionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:RabbitMqDefinitions", name, {}, opts);
    const { scope, topology, passwords } = args;
    const count = shards(rabbitMqDefinitions(topology, () => anyHash)).length;
    const contents = passwords.all.apply((all) =>
      shards(
        rabbitMqDefinitions(topology, (user) => {
          const { password, salt } = passwordOf(all, user);
          return passwordHash(password, salt);
        }),
      ),
    );
    this.secrets = Array.from({ length: count }, (_, index) => {
      const secret = `rabbitmq-definitions-${String(index)}`;
      new kubernetes.core.v1.Secret(
        `${name}-${String(index)}`,
        {
          metadata: {
            name: secret,
            namespace: scope.namespace,
            labels: labelsOf({ name: "rabbitmq", component: "broker", stack: scope.stack }),
          },
          stringData: pulumi.secret({
            [accessDefinitionsKey(index)]: contents.apply((texts) => texts[index] ?? "{}"),
          }),
        },
        { parent: this },
      );
      return secret;
    });
    this.hash = pulumi.unsecret(
      contents.apply((texts) => createHash("sha256").update(texts.join("\0")).digest("hex")),
    );
    this.registerOutputs({ secrets: this.secrets });
  }
}
