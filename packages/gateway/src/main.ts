import { announce } from "./announce.ts";
import { readCommandLine } from "./cli.ts";
import { systemClock } from "./clock.ts";
import { ConfigError, readConfig, settings } from "./config.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./database/embedded/embedded.ts";
import { isDatabaseDown } from "./database/faults.ts";
import { MigrationError } from "./database/migrate.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { createLog } from "./log.ts";

/** How many ports after the default one are tried when it is taken. */
const portsTriedMax = 20;

/** How long the way out may take before the process ends regardless, in ms. */
const stopMsMax = 30_000;

/** Signals closer together than this are one and the same, in ms. */
const sameSignalMs = 1000;

/** What a signal has to stop; it may come while the program is still starting. */
interface Running {
  postgres?: Promise<EmbeddedPostgres>;
  gateway?: Promise<Gateway>;
}

async function main(): Promise<void> {
  const overrides = readCommandLine(process.argv.slice(2));
  const config = readConfig(process.env, overrides);
  const portGiven = overrides.port ?? process.env[settings.port.environment];
  const logger = createLog(config.logLevel);
  const running: Running = {};
  stopOnSignals(running);
  if (config.databaseUrl === undefined) {
    running.postgres = startEmbeddedPostgres(config.dataFolder, logger);
  }
  const databaseUrl = (await running.postgres)?.connectionString ?? config.databaseUrl ?? "";
  const start = (port: number): Promise<Gateway> =>
    startGateway({ config: { ...config, port }, databaseUrl, clock: systemClock, log: logger });
  try {
    running.gateway = onFreePort(start, config.port, portGiven !== undefined);
    announce(config, await running.gateway);
  } catch (error) {
    await (await running.postgres)?.stop();
    throw error;
  }
}

/** A port that was asked for must be free; the default one gives way to the next. */
async function onFreePort(
  start: (port: number) => Promise<Gateway>,
  wanted: number,
  asked: boolean,
): Promise<Gateway> {
  for (let port = wanted; ; port += 1) {
    try {
      return await start(port);
    } catch (error) {
      if (!isPortTaken(error)) throw error;
      if (asked || port >= wanted + portsTriedMax) {
        throw new ConfigError(`port ${port} is taken: choose another with --port`);
      }
      process.stderr.write(`  Port ${port} is taken, trying ${port + 1}.\n`);
    }
  }
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

function stopOnSignals(running: Running): void {
  let stoppingSince: number | undefined;
  const stop = async (): Promise<void> => {
    const now = performance.now();
    if (stoppingSince !== undefined) {
      // One Ctrl-C may arrive twice, through the terminal and through the launcher; a later one
      // means: now.
      if (now - stoppingSince > sameSignalMs) process.exit(1);
      return;
    }
    stoppingSince = now;
    setTimeout(() => process.exit(1), stopMsMax).unref();
    try {
      await (await running.gateway)?.stop();
    } finally {
      await (await running.postgres)?.stop();
    }
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      stop().catch(fail);
    });
  }
}

/** What the user can mend is one sentence; what is our fault has its stack. */
function fail(error: unknown): never {
  process.stderr.write(`\nwasl ends: ${explain(error)}\n`);
  process.exit(1);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ConfigError || error instanceof MigrationError) return error.message;
  if (isDatabaseDown(error)) {
    return `the database cannot be reached (${error.message}): check DATABASE_URL`;
  }
  // A system call on a file: what the data folder is, or where it lies.
  if ("syscall" in error && "path" in error) {
    return `the data folder cannot be used (${error.message}): choose another with --data`;
  }
  return error.stack ?? error.message;
}

await main().catch(fail);
