import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { Client, DatabaseError } from "pg";
import { databaseUser } from "./cluster.ts";
import type { Location } from "./location.ts";
import {
  findServer,
  freePort,
  launchServer,
  removeForeignLock,
  type RunningServer,
  type ServerOptions,
} from "./server.ts";

/** How long the server may take to start, recovery after a crash included, in ms. */
const startMsMax = 60_000;

/** How often a server that ends by itself is started again, and the pause before it, in ms. */
const launchesMax = 20;
const launchPauseMs = 250;

/** How long one launched server may take to write its lock, in ms. */
const lockMsMax = 10_000;

/** How long it may take to stop before it is told to stop at once, in ms. */
const stopMsMax = 15_000;

const pollMs = 25;

/** How long a connection, and a statement on it, may take, in ms. */
const answerMsMax = 10_000;

/** Lines of the server's log that an error shows. */
const logLinesShown = 8;

/** Every gateway on a data folder holds it shared; who gets it alone is the last one. */
const presenceLock = 4_740_045_002;

/** A running server, and a connection that says we use it. */
export interface Presence {
  readonly client: Client;
  readonly server: RunningServer;
}

export function connectionString(location: Location, port: number, database: string): string {
  return `postgres://${databaseUser}:${location.password}@127.0.0.1:${port}/${database}`;
}

/**
 * Makes sure that the server runs, and takes the shared lock on a connection of its own.
 *
 * @param mayMove whether another port will do; not when somebody relies on the preferred one. A
 *   start fails for other reasons too: what is left of a killed server may still hold its memory.
 * @throws Error with the last lines of the server's log when it does not start
 */
export async function enter(
  location: Location,
  options: ServerOptions,
  preferredPort: number,
  mayMove: boolean,
): Promise<Presence> {
  const deadline = performance.now() + startMsMax;
  let port = preferredPort;
  let launches = 0;
  while (performance.now() < deadline && launches < launchesMax) {
    if ((await findServer(location)) === undefined) {
      launches += 1;
      if (!(await launch(location, options, port))) {
        await removeForeignLock(location);
        await wait(launchPauseMs);
        // The port was taken in the meantime, perhaps.
        if (mayMove) port = await freePort();
      }
    }
    const presence = await takeSharedLock(location);
    if (presence !== undefined) return presence;
    await wait(pollMs);
  }
  throw new Error(
    `the private PostgreSQL did not start. The end of ${location.logFile}:\n` +
      `${await endOfLog(location)}\nMove the data folder away to begin anew, or set DATABASE_URL`,
  );
}

/** Whether a server runs after the attempt: ours, or one that was started at the same moment. */
async function launch(location: Location, options: ServerOptions, port: number): Promise<boolean> {
  const { ended } = await launchServer(location, port, options);
  const settled = new AbortController();
  await Promise.race([ended, untilFound(location, settled.signal)]);
  settled.abort();
  return (await findServer(location)) !== undefined;
}

async function untilFound(location: Location, settled: AbortSignal): Promise<void> {
  const deadline = performance.now() + lockMsMax;
  while (!settled.aborted && performance.now() < deadline) {
    if ((await findServer(location)) !== undefined) return;
    await wait(pollMs);
  }
}

/** pg has it, its types do not. */
type UnrefClient = Client & { ref(): void; unref(): void };

/** `undefined` while the server cannot be used: starting, recovering, stopping. */
async function takeSharedLock(location: Location): Promise<Presence | undefined> {
  const server = await findServer(location);
  if (server === undefined || server.port === 0) return undefined;
  const client = new Client({
    connectionString: connectionString(location, server.port, "postgres"),
    connectionTimeoutMillis: answerMsMax,
    query_timeout: answerMsMax,
    statement_timeout: answerMsMax,
    application_name: "wasl presence",
    keepAlive: true,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("select pg_advisory_lock_shared($1)", [presenceLock]);
    await ensureDatabase(client);
    // Holding the lock is no reason to stay.
    (client as UnrefClient).unref();
    return { client, server };
  } catch (error) {
    await client.end().catch(() => undefined);
    if (!isRefusal(error)) return undefined;
    throw new Error(
      "the private PostgreSQL refuses the password kept in the data folder: put the file " +
        "postgres-password back, or move the data folder away to begin anew",
      { cause: error },
    );
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

/** Gives the lock back, and stops the server unless somebody else uses it. */
export async function leave({ client, server }: Presence, location: Location): Promise<void> {
  // Nothing else may be left to keep the process waiting for the answers.
  (client as UnrefClient).ref();
  try {
    if (await isLast(client)) await stopServer(server, location);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** First away with our own share: of two that leave together, one then finds itself alone. */
async function isLast(client: Client): Promise<boolean> {
  try {
    await client.query("select pg_advisory_unlock_shared($1)", [presenceLock]);
    const { rows } = await client.query<{ alone: boolean }>(
      "select pg_try_advisory_lock($1) as alone",
      [presenceLock],
    );
    return rows[0]?.alone === true;
  } catch {
    return false;
  }
}

async function stopServer(server: RunningServer, location: Location): Promise<void> {
  // SIGINT is PostgreSQL's fast shutdown: sessions end, everything is on disk.
  process.kill(server.pid, "SIGINT");
  const deadline = performance.now() + stopMsMax;
  while ((await findServer(location))?.pid === server.pid) {
    if (performance.now() > deadline) {
      process.kill(server.pid, "SIGQUIT");
      return;
    }
    await wait(pollMs);
  }
}

async function endOfLog(location: Location): Promise<string> {
  const text = await readFile(location.logFile, "utf8").catch(() => "");
  return text.trim().split("\n").slice(-logLinesShown).join("\n");
}
