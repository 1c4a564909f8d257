import { type CustomTypesConfig, Pool, types } from "pg";
import type { Logger } from "pino";

/** Connections of one node, when nothing else is said. */
const connectionsMax = 20;

/** How long things may take, in ms. */
const waits = {
  /** To make a connection, or to be given one. */
  connectMsMax: 5000,
  /** For one statement, before PostgreSQL ends it. */
  statementMsMax: 15_000,
  /** For its answer: so a half-open connection does not hold us for ever. */
  answerMsMax: 20_000,
} as const satisfies Record<string, number>;

export interface PoolOptions {
  readonly connectionsMax?: number;
  readonly log?: Logger;
  /** Shorter ones, for tests. */
  readonly waits?: { readonly [Name in keyof typeof waits]: number };
}

/** `bigint` columns as BigInt: money does not pass through a float. */
const bigintAware: CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === types.builtins.INT8 && format !== "binary" ? BigInt : types.getTypeParser(oid, format),
};

/**
 * A pool of connections with bounds. A connection that breaks while idle is logged and replaced.
 *
 * @example const pool = createPool("postgres://wasl@127.0.0.1:5432/wasl");
 */
export function createPool(connectionString: string, options: PoolOptions = {}): Pool {
  const { connectMsMax, statementMsMax, answerMsMax } = options.waits ?? waits;
  const pool = new Pool({
    connectionString,
    max: options.connectionsMax ?? connectionsMax,
    connectionTimeoutMillis: connectMsMax,
    statement_timeout: statementMsMax,
    query_timeout: answerMsMax,
    keepAlive: true,
    application_name: "wasl",
    types: bigintAware,
  });
  pool.on("error", (error) => {
    // A server that stops at the same moment ends connections that are being closed anyway.
    if (!pool.ending) options.log?.warn({ err: error }, "an idle connection broke");
  });
  // One that breaks between two statements of a transaction tells nobody but itself, and unheard
  // that would end the process. The next statement on it fails, which is enough.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}
