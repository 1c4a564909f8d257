import type { Logger } from "pino";
import { databaseUser, ensureCluster } from "./cluster.ts";
import { locate, type Location } from "./location.ts";
import { connectionString, enter, leave, type Presence } from "./presence.ts";
import { freePort, type ServerOptions } from "./server.ts";

export interface EmbeddedPostgres {
  readonly connectionString: string;
  /** The server's process, for tests that kill it. */
  readonly pid: number;
  /** Stops the server, unless another gateway still uses it. */
  stop(): Promise<void>;
}

/**
 * The private PostgreSQL of a data folder: created on first use, adopted when a killed gateway left
 * it running, healed when it was killed too, shared when several gateways use one data folder. If
 * the server dies while it is used, it is started again on the same port.
 *
 * @throws Error with the last lines of the server's log when it does not start
 * @example const postgres = await startEmbeddedPostgres(".wasl", log);
 */
export async function startEmbeddedPostgres(
  dataFolder: string,
  log: Pick<Logger, "warn">,
  options: ServerOptions = { durable: true },
): Promise<EmbeddedPostgres> {
  const location = await locate(dataFolder);
  await ensureCluster(location, options);
  const presence = await enter(location, options, await freePort(), true);
  const stop = keepPresent(presence, location, options, log);
  const { pid, port } = presence.server;
  return { connectionString: connectionString(location, port, databaseUser), pid, stop };
}

/** Comes back when the connection breaks, until the returned function is called. */
function keepPresent(
  first: Presence,
  location: Location,
  options: ServerOptions,
  log: Pick<Logger, "warn">,
): () => Promise<void> {
  const { port } = first.server;
  let stopping = false;
  let current: Promise<Presence | undefined> = Promise.resolve(first);
  const comeBack = async (): Promise<Presence | undefined> => {
    log.warn({}, "the connection to the private PostgreSQL broke; it is started again");
    try {
      return watch(await enter(location, options, port, false));
    } catch (error) {
      log.warn({ err: error }, "the private PostgreSQL is gone: start the gateway again");
      return undefined;
    }
  };
  const watch = (presence: Presence): Presence => {
    presence.client.once("end", () => {
      if (!stopping) current = comeBack();
    });
    return presence;
  };
  watch(first);
  return async () => {
    stopping = true;
    const presence = await current;
    if (presence !== undefined) await leave(presence, location);
  };
}
