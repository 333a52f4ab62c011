import * as kubernetes from "@pulumi/kubernetes";
import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { BrokerKind } from "../../config/topology";
import { labelsOf, selectorOf } from "../../platforms/kubernetes/labels";
import type { Scope } from "../../platforms/kubernetes/scope";
import type { Administrator } from "../administrator";
import { brokerNames, brokerPart, type BrokerNames } from "./names";

/**
 * Makes the objects that every broker has, as children of one component. What they hold is the broker's; names, labels and
 * options are the same.
 */
export class BrokerObjects {
  /** Labels of all objects. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels that select the nodes. */
  readonly nodes: Readonly<Record<string, string>>;
  private readonly names: BrokerNames;

  /**
   * @param name - of the component; the resources' names begin with it.
   * @param parent - the component.
   */
  constructor(
    private readonly name: string,
    private readonly parent: pulumi.ComponentResource,
    kind: BrokerKind,
    private readonly scope: Scope,
  ) {
    const part = brokerPart(kind, scope.stack);
    this.labels = labelsOf(part);
    this.nodes = selectorOf(part);
    this.names = brokerNames(kind);
  }

  /** Metadata of an object of that name. */
  metadata(called: string) {
    return { name: called, namespace: this.scope.namespace, labels: { ...this.labels } };
  }

  /** What nodes read that is no secret. */
  configMap(data: Readonly<Record<string, string>>): pulumi.Resource {
    return new kubernetes.core.v1.ConfigMap(
      `${this.name}-config`,
      { metadata: this.metadata(this.names.config), data },
      { parent: this.parent },
    );
  }

  /** @param role - what the resource's name ends with. */
  secret(
    role: string,
    called: string,
    stringData: pulumi.Input<Record<string, pulumi.Input<string>>>,
  ): pulumi.Resource {
    return new kubernetes.core.v1.Secret(
      `${this.name}-${role}`,
      { metadata: this.metadata(called), stringData },
      { parent: this.parent },
    );
  }

  /** The administrator's login, for whoever has to look after the broker. */
  adminSecret({ user, password }: Administrator): pulumi.Resource {
    return this.secret("admin", this.names.admin, { username: user, password });
  }

  /** What nodes run as: an account that may nothing. */
  account(): pulumi.Resource {
    return new kubernetes.core.v1.ServiceAccount(
      this.name,
      { metadata: this.metadata(this.names.broker), automountServiceAccountToken: false },
      { parent: this.parent },
    );
  }

  policy(spec: types.input.networking.v1.NetworkPolicySpec): pulumi.Resource {
    return new kubernetes.networking.v1.NetworkPolicy(
      this.name,
      { metadata: this.metadata(this.names.broker), spec },
      { parent: this.parent },
    );
  }

  /** One node at most is taken away at a time. */
  budget(): pulumi.Resource {
    return new kubernetes.policy.v1.PodDisruptionBudget(
      this.name,
      {
        metadata: this.metadata(this.names.broker),
        spec: { maxUnavailable: 1, selector: { matchLabels: this.nodes } },
      },
      { parent: this.parent },
    );
  }

  /**
   * The nodes: once there, they answer.
   *
   * @param service - of the Service that names them.
   * @param needed - what has to be there before them.
   */
  statefulSet(
    spec: types.input.apps.v1.StatefulSetSpec,
    service: types.input.core.v1.ServiceSpec,
    needed: readonly pulumi.Resource[],
  ): pulumi.Resource {
    const { protect } = this.scope.cluster;
    const headless = new kubernetes.core.v1.Service(
      `${this.name}-nodes`,
      {
        metadata: {
          ...this.metadata(this.names.nodes),
          // Its pods come after it.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: service,
      },
      { parent: this.parent },
    );
    return new kubernetes.apps.v1.StatefulSet(
      this.name,
      { metadata: this.metadata(this.names.broker), spec },
      {
        parent: this.parent,
        dependsOn: [headless, ...needed],
        protect,
        retainOnDelete: protect,
        // Nodes go one by one, each when the others can do without it.
        customTimeouts: { create: "30m", update: "2h", delete: "30m" },
      },
    );
  }

  /** The Service that clients use. Made last, and so deleted first: by that the nodes know that the stack is going. */
  service(spec: types.input.core.v1.ServiceSpec, nodes: pulumi.Resource): pulumi.Resource {
    return new kubernetes.core.v1.Service(
      this.name,
      { metadata: this.metadata(this.names.broker), spec },
      { parent: this.parent, dependsOn: nodes },
    );
  }

  /** @param spec - of a ServiceMonitor. */
  monitor(spec: object, service: pulumi.Resource): pulumi.Resource {
    return new kubernetes.apiextensions.CustomResource(
      `${this.name}-monitor`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "ServiceMonitor",
        metadata: this.metadata(this.names.broker),
        spec,
      },
      { parent: this.parent, dependsOn: service },
    );
  }
}
