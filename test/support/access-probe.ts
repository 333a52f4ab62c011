import { connect, type ChannelModel, type ConfirmChannel } from "amqplib";
import type { User } from "../../components/config/topology";
import { operations, queues, type Operation } from "./access-cases";

/** How a user is tried on a live broker. */
export interface Login {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Default: `/`. */
  readonly vhost?: string;
  /** What a TLS client shows and trusts, and the name it calls the broker by; a plain client without. */
  readonly tls?: { readonly ca: string; readonly servername: string };
}

/** Connects a user by AMQP 0-9-1; throws where the broker refuses it. */
export async function logIn({
  port,
  user,
  password,
  vhost = "/",
  tls,
}: Login): Promise<ChannelModel> {
  const [name, secret, at] = [user, password, vhost].map(encodeURIComponent);
  const connection = await connect(
    `${tls ? "amqps" : "amqp"}://${name ?? ""}:${secret ?? ""}@127.0.0.1:${String(port)}/${at ?? ""}`,
    tls,
  );
  // Whoever waits for the end of the connection listens to `close`.
  connection.on("error", () => {});
  return connection;
}

/** Whether the broker takes a user's password, and lets it into the vhost. */
export async function logsIn(login: Login): Promise<boolean> {
  try {
    await (await logIn(login)).close();
    return true;
  } catch (error) {
    // A wrong password; a vhost that the user may not enter.
    if (/ACCESS.REFUSED|got <ConnectionClose/.test((error as Error).message)) return false;
    throw error;
  }
}

/**
 * What a user may do on a live broker: operations, by default every one, on every queue of the table, in the manner of its software. A user
 * that may not enter the vhost may do nothing.
 */
export async function whatIsAllowed(
  login: Login,
  client: User["client"],
  tried: readonly Operation[] = operations,
): Promise<Record<string, boolean>> {
  const cells: Record<string, boolean> = {};
  const connection = (await logsIn(login)) ? await logIn(login) : undefined;
  for (const operation of tried) {
    for (const { name } of queues) {
      cells[`${operation} ${name}`] =
        connection !== undefined && (await attempt(connection, client, operation, name));
    }
  }
  await connection?.close();
  return cells;
}

async function attempt(
  connection: ChannelModel,
  client: User["client"],
  operation: Operation,
  queue: string,
): Promise<boolean> {
  const declare = () => declares(connection, queue);
  // Kermit's software declares the queue before it uses it.
  const begin = client === "kermit" ? declare : () => Promise.resolve(true);
  switch (operation) {
    case "declare":
      return declare();
    case "receive":
      return (
        (await begin()) &&
        (await onChannel(connection, (channel) => channel.get(queue, { noAck: true })))
      );
    case "send": {
      if (!(await begin())) return false;
      if (client === "kermit") return publish(connection, "", queue);
      // By the exchange of the queue, and by the default exchange: neither may be a way around.
      const ways = [queue, ""].map((exchange) => publish(connection, exchange, queue));
      return (await Promise.all(ways)).includes(true);
    }
  }
}

/** Whether a user may declare a durable queue, with no argument but those that its vhost adds. */
export function declares(connection: ChannelModel, queue: string): Promise<boolean> {
  return onChannel(connection, (channel) => channel.assertQueue(queue, { durable: true }));
}

/** Whether a message gets into a queue by an exchange. */
export async function publish(
  connection: ChannelModel,
  exchange: string,
  queue: string,
): Promise<boolean> {
  let returned = false;
  const accepted = await onChannel(connection, async (channel) => {
    channel.on("return", () => (returned = true));
    channel.publish(exchange, queue, Buffer.from("x"), { mandatory: true });
    await channel.waitForConfirms();
  });
  return accepted && !returned;
}

/** Whether the broker lets it happen; any answer but 403 ACCESS_REFUSED or success is an error. */
async function onChannel(
  connection: ChannelModel,
  work: (channel: ConfirmChannel) => Promise<unknown>,
): Promise<boolean> {
  const channel = await connection.createConfirmChannel();
  const refused = new Promise<boolean>((resolve, reject) => {
    channel.on("error", (error: Error & { code?: number }) => {
      if (error.code === 403) resolve(false);
      else reject(error);
    });
  });
  const done = work(channel).then(
    () => true,
    () => refused,
  );
  const result = await Promise.race([done, refused]);
  if (result) await channel.close();
  return result;
}
