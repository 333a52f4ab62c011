import { setTimeout as sleep } from "node:timers/promises";
import { Client, StompHeaders, Versions } from "@stomp/stompjs";
import { answer, brokerWords, CLOSE_TIMEOUT_MS } from "./answer";
import type { BrokerSocket } from "./broker-socket";
import type { Connect, ConnectOptions, Session, Spool, SubscribeOptions } from "./protocol";
import { FrameCutter, type FrameEvents } from "./stomp-frames";
import { StompSocket } from "./stomp-socket";

/** The only subscription of a session. */
const SUBSCRIPTION = "0";
/**
 * RabbitMQ sends the receipt of a subscription before it says that the queue is absent or refused,
 * in milliseconds.
 */
const REFUSAL_MS = 200;
/**
 * Bytes that Artemis, which does not count messages here, may send ahead of their acknowledgement.
 * Its default, 10 KiB, would make every larger message wait for the one before it.
 */
const WINDOW_BYTES = 8 * 1024 * 1024;

function stompHeaders(headers: Record<string, string>): StompHeaders {
  return Object.assign(new StompHeaders(), headers);
}

/** Connects by STOMP 1.2: the library runs the session, {@link FrameCutter} takes the messages. */
export const connectStomp: Connect = async (options) => {
  const session = new StompSession(options);
  await session.connected();
  return session;
};

class StompSession implements Session {
  readonly closed: Promise<Error | undefined>;
  private readonly webSocket: StompSocket;
  private readonly socket: BrokerSocket;
  private readonly client: Client;
  private readonly connectedFrame: Promise<void>;
  private cutter: FrameCutter<Spool>;
  private over = false;
  private closing = false;
  private receipts = 0;

  constructor(private readonly options: ConnectOptions) {
    const { broker, password, heartbeatMs } = options;
    this.cutter = this.cut({ maxBytes: 0, onMessage: () => undefined, spool: refuseSpool });
    this.webSocket = new StompSocket(broker, heartbeatMs, (chunk) => this.cutter.push(chunk));
    this.socket = this.webSocket.connection;
    this.client = new Client();
    this.client.webSocketFactory = () => this.webSocket;
    this.client.stompVersions = new Versions([Versions.V1_2]);
    this.client.connectHeaders = stompHeaders({
      login: broker.user,
      passcode: password,
      host: broker.vhost,
    });
    this.client.reconnectDelay = 0;
    this.client.heartbeatIncoming = heartbeatMs;
    this.client.heartbeatOutgoing = heartbeatMs;
    // The socket judges whether the broker is alive.
    this.client.heartbeatToleranceMultiplier = Infinity;
    this.client.onStompError = (frame) => {
      this.socket.destroy(new Error(brokerWords(frame.headers["message"], frame.body)));
    };
    this.closed = new Promise((resolve) => {
      this.client.onWebSocketClose = () => {
        this.over = true;
        this.cutter.abort();
        const lost = this.closing ? undefined : new Error("the broker closed the connection");
        resolve(this.socket.error ?? lost);
      };
    });
    this.connectedFrame = new Promise((resolve) => {
      this.client.onConnect = () => {
        resolve();
      };
    });
    this.client.activate();
  }

  get certificateExpiry(): number | undefined {
    return this.socket.certificateExpiry;
  }

  connected(): Promise<void> {
    return this.answer(this.connectedFrame, "to the connection");
  }

  async subscribe<S extends Spool>(options: SubscribeOptions<S>): Promise<void> {
    const { source, prefetch, maxBytes } = options;
    this.cutter = this.cut<S>({
      maxBytes,
      onMessage: ({ headers, headersCut, body }) => {
        options.onDelivery({ headers, headersCut, body, tag: headers.get("ack") ?? "" });
      },
      spool: () => options.spool(),
    });
    const { id: receipt, received } = this.receipt();
    const headers = {
      id: SUBSCRIPTION,
      ack: "client",
      // RabbitMQ's, ActiveMQ's and Artemis' own, of which each leaves the others alone.
      "prefetch-count": String(prefetch),
      "activemq.prefetchSize": String(prefetch),
      "consumer-window-size": String(WINDOW_BYTES),
      receipt,
    };
    this.client.subscribe(source, () => undefined, stompHeaders(headers));
    const settled = received.then(() => sleep(REFUSAL_MS));
    await this.answer(settled, `to the subscription of ${source}`);
  }

  acknowledge(tag: string): void {
    if (!this.over) this.client.ack(tag, SUBSCRIPTION);
  }

  async send(
    destination: string,
    headers: ReadonlyMap<string, string>,
    body: Buffer,
  ): Promise<void> {
    const { id: receipt, received } = this.receipt();
    this.client.publish({
      destination,
      headers: stompHeaders({ ...Object.fromEntries(headers), persistent: "true", receipt }),
      binaryBody: body,
    });
    await this.answer(received, `to the message for ${destination}`);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  async close(): Promise<void> {
    this.closing = true;
    this.resume();
    const timer = setTimeout(() => {
      this.socket.destroy();
    }, CLOSE_TIMEOUT_MS);
    if (!this.over) void this.client.deactivate();
    await this.closed;
    clearTimeout(timer);
  }

  private cut<S extends Spool>(
    options: { maxBytes: number } & Pick<FrameEvents<S>, "onMessage" | "spool">,
  ): FrameCutter<S> {
    return new FrameCutter<S>(options.maxBytes, {
      onControl: (frame) => {
        this.webSocket.onmessage?.({ data: new Uint8Array(frame).buffer });
      },
      onMessage: options.onMessage,
      spool: options.spool,
    });
  }

  private receipt(): { id: string; received: Promise<void> } {
    const id = `receipt-${String((this.receipts += 1))}`;
    const received = new Promise<void>((resolve) => {
      this.client.watchForReceipt(id, () => {
        resolve();
      });
    });
    return { id, received };
  }

  private answer(awaited: Promise<void>, what: string): Promise<void> {
    const { socket, closed, options } = this;
    return answer(awaited, what, { socket, closed, timeoutMs: options.timeoutMs });
  }
}

function refuseSpool(): never {
  throw new Error("a message came without a subscription");
}
