import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ImagePlan, KubernetesSenderPlan, ResourcesPlan } from "../../config/topology";
import type { BrokerCertificates } from "../../keys/broker-certificates";
import { labelsOf, selectorOf, type Part } from "../../platforms/kubernetes/labels";
import type { Scope } from "../../platforms/kubernetes/scope";
import { amqpqueueCfg } from "../amqpqueue-cfg";
import type { FleetSenderArgs } from "../fleet-workloads";
import { kermitCfg } from "../kermit-cfg";
import { senderConfig } from "../workload-config";
import { clientNetwork } from "../../platforms/kubernetes/client-network";
import { inPod, tlsFiles, tlsSecretsOf, type TlsSecrets } from "./pod-files";
import { workloadPod } from "./workload-pod";

/** Arguments of {@link KubernetesSender}. */
export interface KubernetesSenderArgs extends FleetSenderArgs {
  readonly scope: Scope;
  readonly plan: KubernetesSenderPlan;
  readonly image: ImagePlan;
  readonly certificates?: BrokerCertificates | undefined;
}

/** The variable that says which node a pod runs on: the sender's name in its messages. */
const nodeName = "NODE_NAME";

/** A pod that waits, and a file of up to 16 MiB that is read as a whole, now and then. */
const resources: ResourcesPlan = {
  requests: { cpu: "10m", memory: "64Mi" },
  limits: { cpu: "500m", memory: "256Mi" },
};

/**
 * A sender of document 000 on a cluster, logged in by the Secret `sender-<name>`.
 *
 * `as: daemonset`: a pod on every node that the selector takes; a file is sent by
 * `kubectl exec -i daemonset/sender-<name> -- mq-send --name NAME -`.
 *
 * `as: secret`: for pods of one's own. The Secret holds `sender.json`, `kermit.cfg`, `amqpqueue.cfg`, `password`, the
 * private key, and `ca.crt` where the broker has TLS and this program knows its CA. Mount it as a whole at `/etc/kermit`, set
 * the environment variable `NODE_NAME` to what the messages are to name as their sender (`fieldRef: spec.nodeName`), and run
 * `mq-send`. Give the pods the labels `app.kubernetes.io/name: mq-sender`, `…/component: sender-<name>` and `…/instance:
 * <stack>`: the NetworkPolicy lets those out to the broker. Where the CA is not known, or clients must show a certificate,
 * mount the Secrets of the CA and of the user's certificate at `/etc/mq/tls` as well.
 */
export class KubernetesSender extends pulumi.ComponentResource {
  /** Name of the Secret. */
  readonly secret: string;
  /** Name of the DaemonSet, where there is one. */
  readonly daemonSet: string | undefined;

  constructor(
    private readonly name: string,
    private readonly args: KubernetesSenderArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { scope, plan, certificates } = args;
    super("mq:index:KubernetesSender", name, { as: plan.as }, opts);
    this.secret = `sender-${plan.name}`;
    const part: Part = { name: "mq-sender", component: this.secret, stack: scope.stack };
    const metadata = { name: this.secret, namespace: scope.namespace, labels: labelsOf(part) };
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      name,
      { metadata, spec: clientNetwork(part, args.broker.endpoints[plan.protocol]) },
      { parent: this },
    );
    const tls = certificates && tlsSecretsOf(certificates, plan.user);
    if (plan.as === "daemonset") {
      this.daemonSet = this.secret;
      this.pods(part, metadata, policy, tls);
    } else {
      const ca = certificates?.ca;
      this.login(metadata, inPod.folder, {
        tls: tls && ownPodsTls(tls, ca !== undefined),
        beside: { [args.privateKey.fileName]: args.privateKey.pem, ...(ca && { "ca.crt": ca }) },
      });
    }
    this.registerOutputs({ secret: this.secret });
  }

  /** The Secret of the login. @returns it, and what it holds. */
  private login(
    metadata: kubernetes.types.input.meta.v1.ObjectMeta,
    keyDir: string,
    {
      tls,
      beside = {},
    }: {
      tls?: ReturnType<typeof tlsFiles> | undefined;
      beside?: Record<string, pulumi.Output<string>>;
    },
  ) {
    const { plan, vhost, broker, user, keyName, privateKey, maxBytes } = this.args;
    const { stomp } = broker.endpoints;
    const password = pulumi.secret(this.args.password);
    const files = {
      passwordFile: inPod.passwordFile,
      keyDir,
      privateKey: privateKey.fileName,
      ...(tls && { tls }),
    };
    const config = senderConfig(plan, { env: nodeName }, vhost, broker, files, maxBytes);
    const contents = {
      "sender.json": pulumi.output(JSON.stringify(config, null, 2)),
      "kermit.cfg": pulumi.output(kermitCfg({ ...inPod, ...plan })),
      "amqpqueue.cfg": password.apply((plain) =>
        amqpqueueCfg({ keyDir, keyName, stomp: { ...stomp, user, password: plain } }),
      ),
      password,
      ...beside,
    };
    const secret = new kubernetes.core.v1.Secret(
      this.name,
      { metadata, stringData: contents },
      { parent: this },
    );
    return { secret, contents };
  }

  private pods(
    part: Part,
    metadata: kubernetes.types.input.meta.v1.ObjectMeta,
    policy: pulumi.Resource,
    tls: TlsSecrets | undefined,
  ): void {
    const { plan, privateKey, certificates, image } = this.args;
    const { name, secret } = this;
    const parent = { parent: this };
    const login = this.login(metadata, inPod.keyDir, { tls: tls && tlsFiles(tls) });
    const keys = `${secret}-keys`;
    const made = [
      policy,
      login.secret,
      new kubernetes.core.v1.Secret(
        `${name}-keys`,
        {
          metadata: { ...metadata, name: keys },
          stringData: { [privateKey.fileName]: pulumi.secret(privateKey.pem) },
        },
        parent,
      ),
      new kubernetes.core.v1.ServiceAccount(
        name,
        { metadata, automountServiceAccountToken: false },
        parent,
      ),
    ];
    const template = workloadPod({
      part,
      serviceAccount: secret,
      image,
      resources,
      nodeSelector: plan.nodeSelector,
      contents: [...Object.values(login.contents), privateKey.pem],
      password: login.contents.password,
      files: {
        config: [{ kind: "secret", name: secret, files: Object.keys(login.contents) }],
        keys,
        ...(tls && { tls }),
      },
      container: {
        name: "sender",
        // Ends at once where it could not send for want of a file.
        command: ["node", "/usr/local/lib/mq/sender.js", "--wait"],
        env: [{ name: nodeName, valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
      },
    });
    new kubernetes.apps.v1.DaemonSet(
      name,
      {
        metadata,
        spec: {
          selector: { matchLabels: selectorOf(part) },
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
          minReadySeconds: 5,
          revisionHistoryLimit: 2,
          template,
        },
      },
      { ...parent, dependsOn: [...made, ...(certificates ? [certificates] : [])] },
    );
  }
}

/** The CA is in the one Secret where it is known. */
function ownPodsTls(tls: TlsSecrets, caKnown: boolean): ReturnType<typeof tlsFiles> {
  return { ...tlsFiles(tls), ...(caKnown && { caFile: `${inPod.folder}/ca.crt` }) };
}
