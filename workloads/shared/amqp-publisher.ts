import { message, type AmqpError, type Delivery, type Sender, type Session as Link } from "rhea";
import { brokerWords } from "./answer";
import type { Headers } from "./protocol";

/** What waits for the broker's word on one message. */
interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

/** What the broker says of a message; the library has its name at its class. */
interface Outcome {
  readonly error?: AmqpError | null;
  readonly constructor: { readonly composite_type?: string };
}

/** Sends messages on a session of its own. */
export class AmqpPublisher {
  private readonly senders = new Map<string, Promise<Sender>>();
  private readonly unsettled = new Map<Delivery, Waiting>();
  /** Messages that wait for the broker's leave, or for room among those that it has not settled. */
  private readonly queue: { sender: Sender; hand: () => void }[] = [];

  constructor(private readonly link: Link) {}

  /**
   * Resolves when the broker has accepted the message; stays open when the session ends before.
   *
   * @throws Error with the broker's reason when it does not accept it.
   */
  async send(destination: string, headers: Headers, body: Buffer): Promise<void> {
    const sender = await this.sender(destination);
    await new Promise<void>((resolve, reject) => {
      const hand = (): void => {
        const delivery = sender.send({
          durable: true,
          application_properties: Object.fromEntries(headers),
          body: message.data_section(body) as unknown,
        });
        this.unsettled.set(delivery, { resolve, reject });
      };
      this.queue.push({ sender, hand });
      this.flush();
    });
  }

  /** The link to one destination; stays open when the broker refuses it. */
  private sender(destination: string): Promise<Sender> {
    const known = this.senders.get(destination);
    if (known !== undefined) return known;
    const sender = this.link.open_sender({ target: { address: destination } });
    sender.on("sendable", () => {
      this.flush();
    });
    sender.on("settled", ({ delivery }: { delivery: Delivery }) => {
      this.settled(delivery);
    });
    const opened = new Promise<Sender>((resolve) => {
      sender.on("sender_open", () => {
        // Without a target the broker refuses, and says why when it closes.
        if (sender.target as unknown) resolve(sender);
      });
    });
    this.senders.set(destination, opened);
    return opened;
  }

  private flush(): void {
    while (this.queue[0]?.sender.sendable()) this.queue.shift()?.hand();
  }

  private settled(delivery: Delivery): void {
    const waiting = this.unsettled.get(delivery);
    this.unsettled.delete(delivery);
    const outcome = delivery.remote_state as unknown as Outcome | undefined;
    const name = outcome?.constructor.composite_type ?? "no outcome";
    if (name === "accepted") {
      waiting?.resolve();
      return;
    }
    const words = brokerWords(outcome?.error?.condition, outcome?.error?.description);
    waiting?.reject(new Error(`the broker has not accepted it: ${name}: ${words}`));
  }
}
