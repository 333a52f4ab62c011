import type { Delivery, Receiver, Session as Link } from "rhea";
import { MessageCutter } from "./amqp-message";
import type { Spool, SubscribeOptions } from "./protocol";

const NOTHING = Buffer.alloc(0);

/** A piece of a message as the library hands it to its session; not part of its declared types. */
interface Transfer {
  payload?: Buffer;
  performative: { more?: boolean; aborted?: boolean };
}

/** What is used of the library's session beside its declared types. */
interface Transfers {
  on_transfer(transfer: Transfer): void;
  readonly connection: { _register(): void };
}

/** What is used of the library's receiver beside its declared types. */
interface Flow {
  issue_flow: boolean;
  readonly connection: { _register(): void };
}

/**
 * A subscription on a session of its own. The library counts and settles the deliveries; their
 * bytes are taken from it, piece by piece.
 */
export class AmqpSubscription<S extends Spool> {
  /** Resolves when the broker has confirmed the subscription; stays open when it refuses it. */
  readonly confirmed: Promise<void>;
  private readonly receiver: Receiver;
  private readonly unacknowledged = new Map<string, Delivery>();
  private cutter: MessageCutter<S> | undefined;
  /** The delivery that the piece at hand completes. */
  private complete: Delivery | undefined;
  private busy: Promise<void> | undefined;
  private deliveries = 0;
  private readonly repeat: NodeJS.Timeout | undefined;

  /**
   * @param heartbeatMs how often the broker is told again what it may send, in milliseconds; 0 for
   * never. RabbitMQ 3 drops a session whose queue is deleted without a word, and ends the connection
   * only when it hears of that session again.
   */
  constructor(
    link: Link,
    private readonly options: SubscribeOptions<S>,
    heartbeatMs: number,
  ) {
    this.divert(link as unknown as Transfers);
    this.receiver = link.open_receiver({
      source: { address: options.source },
      autoaccept: false,
      credit_window: 0,
    });
    this.receiver.on("message", ({ delivery }: { delivery: Delivery }) => {
      this.complete = delivery;
    });
    this.confirmed = new Promise((resolve) => {
      this.receiver.on("receiver_open", () => {
        // Without a source the broker refuses, and says why when it closes.
        if (!(this.receiver.source as unknown)) return;
        this.receiver.add_credit(options.prefetch);
        resolve();
      });
    });
    if (heartbeatMs > 0)
      this.repeat = setInterval(() => {
        this.repeatCredit();
      }, heartbeatMs);
  }

  /** Resolves when all that came is with its receiver; undefined when it is already. */
  taken(): Promise<void> | undefined {
    const { busy } = this;
    this.busy = undefined;
    return busy;
  }

  /** Acknowledges the delivery and all before it, and lets as many new ones come. */
  acknowledge(tag: string): void {
    if (!this.unacknowledged.has(tag)) return;
    let count = 0;
    for (const [earlier, delivery] of this.unacknowledged) {
      delivery.accept();
      this.unacknowledged.delete(earlier);
      count += 1;
      if (earlier === tag) break;
    }
    this.receiver.add_credit(count);
  }

  /** The connection is over: an unfinished body goes nowhere. */
  abort(): void {
    clearInterval(this.repeat);
    this.cutter?.abort();
    this.cutter = undefined;
    this.unacknowledged.clear();
  }

  private repeatCredit(): void {
    const receiver = this.receiver as unknown as Flow;
    receiver.issue_flow = true;
    receiver.connection._register();
  }

  private divert(link: Transfers): void {
    const count = link.on_transfer.bind(link);
    link.on_transfer = (transfer) => {
      const { payload = NOTHING, performative } = transfer;
      if (performative.aborted) throw new Error("the broker broke off in the middle of a message");
      count({ ...transfer, payload: NOTHING });
      // The library grants the next pieces when it has something to do.
      if (performative.more) link.connection._register();
      const { complete } = this;
      this.complete = undefined;
      this.then(() => this.take(payload));
      if (complete !== undefined) this.then(() => this.finish(complete));
    };
  }

  /** Does one thing after the other, and at once as long as none takes its time. */
  private then(work: () => Promise<void> | undefined): void {
    this.busy = this.busy === undefined ? work() : this.busy.then(work);
  }

  private take(payload: Buffer): Promise<void> | undefined {
    const { maxBytes } = this.options;
    this.cutter ??= new MessageCutter(maxBytes, () => this.options.spool());
    return this.cutter.push(payload);
  }

  private finish(delivery: Delivery): Promise<void> | undefined {
    const { cutter } = this;
    const busy = cutter?.end();
    const deliver = (): void => {
      // The connection may have ended meanwhile.
      if (cutter === undefined || this.cutter !== cutter) return;
      this.cutter = undefined;
      const { headers, headersCut, content: body } = cutter;
      const tag = String((this.deliveries += 1));
      this.unacknowledged.set(tag, delivery);
      this.options.onDelivery({ headers, headersCut, body, tag });
    };
    if (busy === undefined) deliver();
    return busy?.then(deliver);
  }
}
