import {
  create_container,
  type Connection,
  type ConnectionOptions,
  type EventContext,
  type Session as Link,
} from "rhea";
import { AmqpPublisher } from "./amqp-publisher";
import { AmqpSocket } from "./amqp-socket";
import { AmqpSubscription } from "./amqp-subscription";
import { answer, brokerWords, CLOSE_TIMEOUT_MS } from "./answer";
import type { BrokerSocket } from "./broker-socket";
import type { BrokerConnection } from "./config";
import type {
  Connect,
  ConnectOptions,
  Headers,
  Session,
  Spool,
  SubscribeOptions,
} from "./protocol";

/** The largest frame that a broker may send, in bytes. */
const MAX_FRAME_BYTES = 128 * 1024;
/** Messages, or pieces of them, that may be on their way beside those of the prefetch. */
const WINDOW = 2048;

/** What this end has told the broker of itself; not part of the library's declared types. */
interface Local {
  open: { idle_time_out: number | undefined };
}

/** Connects by AMQP 1.0: the library runs connection, sessions and links. */
export const connectAmqp: Connect = async (options) => {
  const session = new AmqpSession(options);
  await session.connected();
  return session;
};

class AmqpSession implements Session {
  readonly closed: Promise<Error | undefined>;
  private readonly socket: BrokerSocket;
  private readonly connection: Connection;
  private readonly opened: Promise<void>;
  private subscription: AmqpSubscription<Spool> | undefined;
  private publisher: AmqpPublisher | undefined;
  private readonly sessions: Link[] = [];
  private over = false;
  private closing = false;

  constructor(private readonly options: ConnectOptions) {
    const { broker, heartbeatMs } = options;
    let open = (): void => undefined;
    let end = (): void => undefined;
    const socket = new AmqpSocket(broker, heartbeatMs, {
      onOpen: () => {
        open();
      },
      taken: () => this.subscription?.taken(),
      onClose: () => {
        end();
      },
    });
    this.socket = socket.connection;
    this.connection = create_container().create_connection(
      connectionOptions(options, (connected) => {
        open = connected;
        return socket;
      }),
    );
    this.closed = new Promise((resolve) => {
      end = () => {
        this.over = true;
        this.subscription?.abort();
        const lost = this.closing ? undefined : new Error("the broker closed the connection");
        resolve(this.socket.error ?? lost);
      };
    });
    this.opened = new Promise((resolve) => {
      this.connection.on("connection_open", () => {
        // The library would take a paused connection for a dead one: the socket judges that.
        (this.connection["local"] as Local).open.idle_time_out = undefined;
        resolve();
      });
    });
    this.watchEnds();
    this.connection.connect();
  }

  get certificateExpiry(): number | undefined {
    return this.socket.certificateExpiry;
  }

  connected(): Promise<void> {
    return this.answer(this.opened, "to the connection");
  }

  async subscribe<S extends Spool>(options: SubscribeOptions<S>): Promise<void> {
    const { heartbeatMs } = this.options;
    const session = this.session(options.prefetch);
    const subscription = new AmqpSubscription(session, options, heartbeatMs);
    this.subscription = subscription;
    await this.answer(subscription.confirmed, `to the subscription of ${options.source}`);
  }

  acknowledge(tag: string): void {
    if (!this.over) this.subscription?.acknowledge(tag);
  }

  async send(destination: string, headers: Headers, body: Buffer): Promise<void> {
    this.publisher ??= new AmqpPublisher(this.session(0));
    const accepted = this.publisher.send(destination, headers, body);
    await this.answer(accepted, `to the message for ${destination}`);
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
    // A broker has read all of a session when it ends that, but not when it ends the connection.
    if (this.sessions.length === 0) this.connection.close();
    for (const session of this.sessions) session.close();
    await this.closed;
    clearTimeout(timer);
  }

  /** Begins a session of AMQP. @param messages that it may hold unsettled beside the usual. */
  private session(messages: number): Link {
    const session = this.connection.create_session(messages + WINDOW);
    session.begin();
    this.sessions.push(session);
    return session;
  }

  /** Whatever the broker closes ends all of it. */
  private watchEnds(): void {
    const { connection } = this;
    connection.on("connection_error", ({ error }: EventContext) => {
      this.fail(connectionError(error, this.options.broker.user));
    });
    connection.on("connection_close", () => {
      if (!this.closing) this.socket.destroy();
    });
    connection.on("session_error", ({ session }: EventContext) => {
      this.fail(refusal(session?.error));
    });
    connection.on("session_close", () => {
      if (!this.closing) this.fail("the broker ended the session");
      else if (this.sessions.every((session) => session.is_closed())) connection.close();
    });
    for (const link of ["receiver", "sender"] as const) {
      connection.on(`${link}_error`, (context: EventContext) => {
        this.fail(refusal(context[link]?.error));
      });
      connection.on(`${link}_close`, () => {
        this.fail(`the broker closed the ${link === "receiver" ? "subscription" : "link"}`);
      });
    }
    for (const event of ["error", "protocol_error"]) {
      connection.on(event, (error: Error) => {
        this.socket.destroy(error);
      });
    }
    // The library would print it.
    connection.on("disconnected", () => undefined);
  }

  private fail(reason: string): void {
    if (!this.closing) this.socket.destroy(new Error(reason));
  }

  private answer<T>(awaited: Promise<T>, what: string): Promise<T> {
    const { socket, closed, options } = this;
    return answer(awaited, what, { socket, closed, timeoutMs: options.timeoutMs });
  }
}

/** @param connect makes the socket; `connected` is to be called when it is open. */
function connectionOptions(
  { broker, password, heartbeatMs }: ConnectOptions,
  connect: (connected: () => void) => AmqpSocket,
): ConnectionOptions {
  const { host, port, user } = broker;
  const options = {
    host,
    port,
    hostname: hostnameOf(broker),
    max_frame_size: MAX_FRAME_BYTES,
    // A broker speaks twice as often as it must.
    ...(heartbeatMs > 0 && { idle_time_out: 2 * heartbeatMs }),
    reconnect: false,
    connection_details: () => ({
      host,
      port,
      connect: (_port: number, _host: string, _options: unknown, connected: () => void) =>
        connect(connected),
    }),
    // The library's own counts a name's characters, not its bytes.
    sasl_mechanisms: {
      PLAIN: {
        start: (answer: (error: undefined, response: Buffer) => void) => {
          answer(undefined, Buffer.from(`\0${user}\0${password}`));
        },
      },
    },
  };
  return options;
}

/** RabbitMQ takes its virtual host from it; other brokers have none. */
function hostnameOf({ host, vhost }: BrokerConnection): string {
  return vhost === "/" ? host : `vhost:${vhost}`;
}

/** A reason of the broker's, or an error of the library. */
type Refusal = { condition?: string; description?: string; message?: string } | undefined;

function refusal(reason: Refusal): string {
  return brokerWords(reason?.condition, reason?.description ?? reason?.message);
}

/** SASL has no words for a refused login, only a number. */
function connectionError(reason: Refusal, user: string): string {
  if (reason?.message?.startsWith("Failed to authenticate")) {
    return `the broker refuses the user ${user} or its password`;
  }
  return refusal(reason);
}
