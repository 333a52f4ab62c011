import { stringify } from "ini";

/** Values of {@link kermitCfg}: absolute paths and STOMP destinations. */
export interface KermitCfg {
  /** Folder that holds one folder for each queue. */
  readonly outputDir: string;
  readonly amqpCfg: string;
  readonly inventoryQueue: string;
  readonly logQueue: string;
}

/** `kermit.cfg` (document 000): the same on receivers and senders. */
export function kermitCfg(values: KermitCfg): string {
  return stringify(
    {
      amqpqueue: {
        outputdir: values.outputDir,
        amqpcfg: values.amqpCfg,
        inventoryqueuename: `/queue/${values.inventoryQueue}`,
        logqueuename: `/queue/${values.logQueue}`,
      },
    },
    { whitespace: true },
  );
}
