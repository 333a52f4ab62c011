import { readFileSync } from "node:fs";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import type { BrokerConnection } from "./config";

/** Without a byte for this many heartbeat intervals the broker counts as gone. */
const SILENT_INTERVALS = 3;

/** What a connection tells its protocol. */
export interface SocketEvents {
  /** The connection stands, with TLS where it has it. */
  onOpen(): void;
  /** Takes the next bytes; a promise makes the connection wait. Throwing ends it. */
  onData(chunk: Buffer): Promise<void> | undefined;
  onClose(): void;
}

function openSocket(broker: BrokerConnection): {
  socket: Socket;
  opened: "connect" | "secureConnect";
} {
  const { host, port, tls } = broker;
  if (tls === undefined) return { socket: connectTcp({ host, port }), opened: "connect" };
  const socket = connectTls({
    host,
    port,
    ca: readFileSync(tls.caFile),
    ...(tls.certFile !== undefined && { cert: readFileSync(tls.certFile) }),
    ...(tls.keyFile !== undefined && { key: readFileSync(tls.keyFile) }),
    // An address cannot be a server name (RFC 6066, section 3).
    ...(isIP(host) === 0 && { servername: host }),
    minVersion: "TLSv1.2",
  });
  return { socket, opened: "secureConnect" };
}

/**
 * A TCP or TLS connection to a broker, whatever is spoken on it.
 *
 * Reading stops while `onData` asks to wait, and between `pause()` and `resume()`. Whether the
 * broker is alive is judged here, and only while it is read from: the protocols' libraries would
 * take a paused connection for a dead one.
 */
export class BrokerSocket {
  readonly url: string;
  private readonly socket: Socket;
  private failure: Error | undefined;
  private over = false;
  private reading = false;
  private gate: { opened: Promise<void>; open: () => void } | undefined;

  /**
   * @param heartbeatMs how often the broker says something at least, in milliseconds; 0 when it need
   * not.
   *
   * @throws Error when a file of the TLS settings cannot be read.
   */
  constructor(
    broker: BrokerConnection,
    heartbeatMs: number,
    private readonly events: SocketEvents,
  ) {
    this.url = `${broker.host}:${String(broker.port)}`;
    const { socket, opened } = openSocket(broker);
    this.socket = socket;
    socket.setNoDelay(true);
    socket.once(opened, () => {
      if (heartbeatMs > 0) this.watch(heartbeatMs);
      events.onOpen();
    });
    socket.on("error", (error) => {
      this.failure ??= error;
    });
    socket.once("close", () => {
      this.over = true;
      this.resume();
      events.onClose();
    });
    void this.read();
  }

  /** Why the connection ended, when it was not closed on purpose. */
  get error(): Error | undefined {
    return this.failure;
  }

  /** When the certificate that the broker showed ends, in milliseconds since 1970; undefined without TLS. */
  get certificateExpiry(): number | undefined {
    if (!(this.socket instanceof TLSSocket)) return undefined;
    const certificate = this.socket.getPeerX509Certificate();
    return certificate && Date.parse(certificate.validTo);
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  pause(): void {
    if (this.gate !== undefined || this.over) return;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.gate = { opened, open };
  }

  resume(): void {
    this.gate?.open();
    this.gate = undefined;
  }

  /** Ends the connection once all that was written is sent. */
  end(): void {
    this.socket.end();
    this.socket.destroySoon();
  }

  /** Ends the connection at once; the first error that is given is its reason. */
  destroy(error?: Error): void {
    this.failure ??= error;
    this.socket.destroy();
  }

  private async read(): Promise<void> {
    try {
      this.reading = true;
      for await (const chunk of this.socket) {
        this.reading = false;
        const busy = this.events.onData(chunk as Buffer);
        if (busy !== undefined) await busy;
        if (this.gate !== undefined) await this.gate.opened;
        this.reading = true;
      }
      this.socket.destroySoon();
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  private watch(heartbeatMs: number): void {
    let silent = 0;
    let seen = 0;
    const timer = setInterval(() => {
      const waiting = this.reading && this.socket.bytesRead === seen;
      silent = waiting ? silent + 1 : 0;
      seen = this.socket.bytesRead;
      if (silent >= SILENT_INTERVALS) {
        this.destroy(
          new Error(`the broker has been silent for ${String((silent * heartbeatMs) / 1000)} s`),
        );
      }
    }, heartbeatMs);
    this.socket.once("close", () => {
      clearInterval(timer);
    });
  }
}
