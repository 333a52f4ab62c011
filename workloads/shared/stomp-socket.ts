import { StompSocketState, type IStompSocket } from "@stomp/stompjs";
import { BrokerSocket } from "./broker-socket";
import type { BrokerConnection } from "./config";

/** A connection to a broker in the shape that the STOMP library takes for a WebSocket. */
export class StompSocket implements IStompSocket {
  binaryType = "arraybuffer";
  onopen: IStompSocket["onopen"] = undefined;
  onclose: IStompSocket["onclose"] = undefined;
  onerror: IStompSocket["onerror"] = undefined;
  onmessage: IStompSocket["onmessage"] = undefined;
  readonly connection: BrokerSocket;
  private state = StompSocketState.CONNECTING;

  /**
   * @param onData takes what the broker sends, in place of `onmessage`; see {@link BrokerSocket}.
   */
  constructor(
    broker: BrokerConnection,
    heartbeatMs: number,
    onData: (chunk: Buffer) => Promise<void> | undefined,
  ) {
    this.connection = new BrokerSocket(broker, heartbeatMs, {
      onData,
      onOpen: () => {
        this.state = StompSocketState.OPEN;
        this.onopen?.(undefined);
      },
      onClose: () => {
        this.state = StompSocketState.CLOSED;
        this.onclose?.(this.connection.error);
      },
    });
  }

  get url(): string {
    return this.connection.url;
  }

  get readyState(): StompSocketState {
    return this.state;
  }

  send(data: string | ArrayBuffer): void {
    this.connection.write(typeof data === "string" ? data : Buffer.from(data));
  }

  close(): void {
    this.state = StompSocketState.CLOSING;
    this.connection.end();
  }

  terminate(): void {
    this.connection.destroy();
  }
}
