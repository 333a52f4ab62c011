import { setTimeout as sleep } from "node:timers/promises";
import { Client, StompHeaders, Versions } from "@stomp/stompjs";
import type { Connect, ConnectOptions, Session, Spool, SubscribeOptions } from "./protocol";
import { FrameCutter, type FrameEvents } from "./stomp-frames";
import { StompSocket } from "./stomp-socket";

/** The only subscription of a session. */
const SUBSCRIPTION = "0";
/** What a broker may take to let a session end in order, in milliseconds. */
const CLOSE_TIMEOUT_MS = 5_000;
/**
 * RabbitMQ sends the receipt of a subscription before it says that the queue is absent or refused,
 * in milliseconds.
 */
const REFUSAL_MS = 200;

/** An ERROR frame's text on one line: a broker's words, for the operator. */
function errorText(summary: string | undefined, body: string): string {
  const parts = [summary ?? "", body].map((part) => part.replace(/[\s\p{Cc}]+/gu, " ").trim());
  return (
    [...new Set(parts.filter((part) => part !== ""))].join(": ").slice(0, 500) || "no reason given"
  );
}

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
  private readonly socket: StompSocket;
  private readonly client: Client;
  private readonly connectedFrame: Promise<void>;
  private cutter: FrameCutter<Spool>;
  private over = false;
  private closing = false;
  private receipts = 0;

  constructor(private readonly options: ConnectOptions) {
    const { broker, password, heartbeatMs } = options;
    this.socket = new StompSocket(broker, heartbeatMs);
    this.cutter = this.cut({ maxBytes: 0, onMessage: () => undefined, spool: refuseSpool });
    this.socket.onData = (chunk) => this.cutter.push(chunk);
    this.client = new Client();
    this.client.webSocketFactory = () => this.socket;
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
      this.socket.destroy(new Error(errorText(frame.headers["message"], frame.body)));
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
      "prefetch-count": String(prefetch),
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
        this.socket.onmessage?.({ data: new Uint8Array(frame).buffer });
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

  /** Waits for what the broker owes, as long as the session lives and the time limit allows. */
  private async answer(awaited: Promise<void>, what: string): Promise<void> {
    const { timeoutMs } = this.options;
    const timer = setTimeout(() => {
      const limit = `${String(timeoutMs / 1000)} s`;
      this.socket.destroy(new Error(`${this.socket.url} did not answer ${what} within ${limit}`));
    }, timeoutMs);
    try {
      await Promise.race([
        awaited,
        this.closed.then((error) => {
          throw error ?? new Error("the session is closed");
        }),
      ]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function refuseSpool(): never {
  throw new Error("a message came without a subscription");
}
