import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { Client, DatabaseError } from "pg";
import type { Logger } from "pino";
import {
  databaseUser,
  ensureCluster,
  findServer,
  freePort,
  launchServer,
  type RunningServer,
  type ServerOptions,
} from "./cluster.ts";
import { locate, type Location } from "./location.ts";

/** How long the server may take to start, recovery after a crash included, in ms. */
const startMsMax = 60_000;

/** How long it may take to stop before it is told to stop at once, in ms. */
const stopMsMax = 15_000;

const pollMs = 25;

const gone = "the private PostgreSQL is gone: start the gateway again";

/** Every gateway on a data folder holds it shared; who gets it alone is the last one. */
const presenceLock = 4_740_045_002;

export interface EmbeddedPostgres {
  readonly connectionString: string;
  /** Stops the server, unless another gateway still uses it. */
  stop(): Promise<void>;
}

/**
 * The private PostgreSQL of a data folder: created on first use, adopted when a killed gateway left
 * it running, healed when it was killed too, shared when several gateways use one data folder.
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
  await ensureCluster(location);
  let held = await holdPresence(location, options, await freePort());
  let stopping = false;
  const { port } = held.server;
  const keepHolding = (): void => {
    held.client.once("end", () => {
      if (!stopping) startAgain().catch((error: unknown) => log.warn({ err: error }, gone));
    });
  };
  const startAgain = async (): Promise<void> => {
    log.warn({}, "the connection to the private PostgreSQL broke; it is started again");
    held = await holdPresence(location, options, port);
    keepHolding();
  };
  keepHolding();
  return {
    connectionString: connectionString(location, port, databaseUser),
    async stop() {
      stopping = true;
      await leave(held, location);
    },
  };
}

interface Presence {
  readonly client: Client;
  readonly server: RunningServer;
}

function connectionString(location: Location, port: number, database: string): string {
  return `postgres://${databaseUser}:${location.password}@127.0.0.1:${port}/${database}`;
}

/** Makes sure that the server runs, and takes the shared lock on a connection of its own. */
async function holdPresence(
  location: Location,
  options: ServerOptions,
  preferredPort: number,
): Promise<Presence> {
  const deadline = performance.now() + startMsMax;
  let port = preferredPort;
  while (performance.now() < deadline) {
    const server = await findServer(location);
    if (server === undefined) {
      const { ended } = await launchServer(location, port, options);
      await Promise.race([ended, untilFound(location)]);
      // Taken in the meantime, perhaps; another try gets another port.
      if ((await findServer(location)) === undefined) port = await freePort();
    }
    const presence = await takeSharedLock(location);
    if (presence !== undefined) return presence;
    await wait(pollMs);
  }
  const lines = (await readFile(location.logFile, "utf8").catch(() => "")).trim().split("\n");
  throw new Error(
    `the private PostgreSQL did not start. The end of ${location.logFile}:\n` +
      `${lines.slice(-8).join("\n")}\nMove the data folder away to begin anew, or set DATABASE_URL`,
  );
}

async function untilFound(location: Location): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await findServer(location)) !== undefined) return;
    await wait(pollMs);
  }
}

/** `undefined` while the server cannot be used: starting, recovering, stopping. */
async function takeSharedLock(location: Location): Promise<Presence | undefined> {
  const server = await findServer(location);
  if (server === undefined || server.port === 0) return undefined;
  const client = new Client({
    connectionString: connectionString(location, server.port, "postgres"),
    connectionTimeoutMillis: 5000,
    application_name: "wasl presence",
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("select pg_advisory_lock_shared($1)", [presenceLock]);
    await ensureDatabase(client);
    return { client, server };
  } catch (error) {
    await client.end().catch(() => undefined);
    if (isRefusal(error)) throw error;
    return undefined;
  }
}

/** 28xxx: the password of the data folder is not the cluster's; waiting will not help. */
function isRefusal(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code ?? "").startsWith("28");
}

async function ensureDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query("select from pg_database where datname = $1", [
    databaseUser,
  ]);
  if (rowCount !== 0) return;
  await client.query(`create database ${databaseUser}`).catch((error: unknown) => {
    // 42P04, 23505: a gateway that started at the same moment created it.
    const code = error instanceof DatabaseError ? error.code : undefined;
    if (code !== "42P04" && code !== "23505") throw error;
  });
}

async function leave({ client, server }: Presence, location: Location): Promise<void> {
  const { rows } = await client
    .query<{ alone: boolean }>("select pg_try_advisory_lock($1) as alone", [presenceLock])
    .catch(() => ({ rows: [] }));
  if (rows[0]?.alone !== true) {
    await client.end().catch(() => undefined);
    return;
  }
  // SIGINT is PostgreSQL's fast shutdown: sessions end, everything is on disk.
  process.kill(server.pid, "SIGINT");
  const deadline = performance.now() + stopMsMax;
  while ((await findServer(location)) !== undefined) {
    if (performance.now() > deadline) {
      process.kill(server.pid, "SIGQUIT");
      break;
    }
    await wait(pollMs);
  }
  await client.end().catch(() => undefined);
}
