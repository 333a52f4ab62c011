import { BrokerSocket } from "./broker-socket";
import type { BrokerConnection } from "./config";

/** A connection to a broker in the shape that the AMQP library takes for a socket. */
export class AmqpSocket {
  readonly connection: BrokerSocket;
  private input: (chunk: Buffer) => void = () => undefined;
  private ended: () => void = () => undefined;

  /**
   * @param heartbeatMs how often the broker says something at least; see {@link BrokerSocket}.
   * @param onOpen the connection stands.
   * @param taken what the library was given is with its receiver once this resolves.
   * @param onClose the connection is over, and the library knows.
   */
  constructor(
    broker: BrokerConnection,
    heartbeatMs: number,
    events: { onOpen: () => void; taken: () => Promise<void> | undefined; onClose: () => void },
  ) {
    this.connection = new BrokerSocket(broker, heartbeatMs, {
      onOpen: events.onOpen,
      onData: (chunk) => {
        this.input(chunk);
        return events.taken();
      },
      onClose: () => {
        this.ended();
        events.onClose();
      },
    });
  }

  /** Listens as the library does; errors come with the end. */
  on(event: "data" | "error" | "end", listener: (chunk: Buffer) => void): void {
    if (event === "data") this.input = listener;
    if (event === "end") this.ended = listener as () => void;
  }

  write(data: Buffer): void {
    this.connection.write(data);
  }

  end(): void {
    this.connection.end();
  }
}
