import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

import type { Reporter } from "./kind";

/**
 * Shows messages to the user under their resource. The SDK's own `log` works in a program only: it takes the
 * engine from settings that a provider does not get.
 */
export class EngineLog {
  private readonly client: EngineClient | undefined;

  /** One message at a time, for they would overtake each other. */
  private last: Promise<void> = Promise.resolve();

  /** @param address Where the engine listens; without it nothing is shown. */
  constructor(address: string | undefined) {
    this.client =
      address === undefined
        ? undefined
        : new EngineClient(address, grpc.credentials.createInsecure());
  }

  /** The reporter of one resource. */
  of(urn: string): Reporter {
    let shown = "";
    return {
      info: (message) => {
        this.send(urn, message, false);
      },
      progress: (message) => {
        if (message !== shown) {
          shown = message;
          this.send(urn, message, true);
        }
      },
    };
  }

  private send(urn: string, message: string, ephemeral: boolean): void {
    const request = new LogRequest()
      .setSeverity(LogSeverity.INFO)
      .setMessage(message)
      .setUrn(urn)
      .setEphemeral(ephemeral);
    const { client } = this;
    if (client) {
      // A message that does not get through changes nothing.
      this.last = this.last.then(
        () =>
          new Promise((resolve) => {
            client.log(request, () => {
              resolve();
            });
          }),
      );
    }
  }
}
