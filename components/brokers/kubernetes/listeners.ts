import type { KubernetesBrokerBase } from "../../config/topology";

/** What a broker's node listens for, on one port. */
export interface Listener {
  /** Of the port, in Services and pods. */
  readonly name: string;
  readonly port: number;
  readonly appProtocol: string;
}

/** The listeners of a broker's protocols, without TLS and with it. */
export type Listeners<Protocol extends string> = Readonly<
  Record<"plain" | "tls", Readonly<Record<Protocol, Listener>>>
>;

/** Which of the two kinds of listeners a node has. */
export type Listening = Pick<KubernetesBrokerBase, "tls">;

/** The listener that a client should use: with TLS, where there is TLS. */
export function preferred<Protocol extends string>(
  listeners: Listeners<Protocol>,
  plan: Listening,
  protocol: Protocol,
): Listener {
  return listeners[plan.tls ? "tls" : "plain"][protocol];
}

/** All listeners of a protocol that are open. */
export function open<Protocol extends string>(
  listeners: Listeners<Protocol>,
  plan: Listening,
  protocol: Protocol,
): Listener[] {
  return [
    ...(plan.tls ? [listeners.tls[protocol]] : []),
    ...(!plan.tls || plan.tls.plainListeners ? [listeners.plain[protocol]] : []),
  ];
}
