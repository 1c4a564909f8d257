import { setTimeout as wait } from "node:timers/promises";
import { announce } from "./announce.ts";
import { readCommandLine } from "./cli.ts";
import { systemClock } from "./clock.ts";
import { type Config, ConfigError, readConfig, settings } from "./config.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./database/embedded/embedded.ts";
import { isDatabaseDown } from "./database/faults.ts";
import { MigrationError } from "./database/migrate.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { createLog } from "./log.ts";
import { keepOperatorToken } from "./operators/operator-token.ts";
import { VaultError } from "./vault/envelope.ts";
import { keepVaultKeys } from "./vault/sandbox-key.ts";

/** How many ports after the default one are tried when it is taken. */
const portsTriedMax = 20;

/** How long the way out may take before the process ends regardless, in ms. */
const stopMsMax = 30_000;

/** How long the private PostgreSQL then has to stop, in ms; once told, it stops without us too. */
const postgresStopMsMax = 5000;

/** Signals closer together than this are one and the same, in ms. */
const sameSignalMs = 1000;

/** What is to be stopped: the private PostgreSQL, if there is one, may be there long before. */
interface Starting {
  readonly gateway: Promise<Gateway>;
  readonly postgres: Promise<EmbeddedPostgres | undefined>;
}

async function main(): Promise<void> {
  const overrides = readCommandLine(process.argv.slice(2));
  const config = readConfig(process.env, overrides);
  const portGiven = overrides.port ?? process.env[settings.port.environment];
  const starting = start(config, portGiven !== undefined);
  stopOnSignals(starting);
  announce(config, await starting.gateway);
}

function start(config: Config, portAsked: boolean): Starting {
  const log = createLog(config.logLevel);
  const postgres =
    config.databaseUrl === undefined
      ? startEmbeddedPostgres(config.dataFolder, log)
      : Promise.resolve(undefined);
  const listening = async (): Promise<Gateway> => {
    const own = await postgres;
    const databaseUrl = own?.connectionString ?? config.databaseUrl ?? "";
    try {
      const operatorToken =
        config.operatorToken ?? (own ? await keepOperatorToken(config.dataFolder) : undefined);
      const vaultKeys =
        config.vaultKeys ?? (own ? await keepVaultKeys(config.dataFolder) : undefined);
      const settled = { ...config, operatorToken, vaultKeys };
      const listen = (port: number): Promise<Gateway> =>
        startGateway({ config: { ...settled, port }, databaseUrl, clock: systemClock, log });
      return await onFreePort(listen, config.port, portAsked);
    } catch (error) {
      await own?.stop();
      throw error;
    }
  };
  return { gateway: listening(), postgres };
}

/** A port that was asked for must be free; the default one gives way to the next. */
async function onFreePort(
  listen: (port: number) => Promise<Gateway>,
  wanted: number,
  asked: boolean,
): Promise<Gateway> {
  for (let port = wanted; ; port += 1) {
    try {
      return await listen(port);
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

/** A signal that comes while the program starts waits for it: half a start cannot be undone. */
function stopOnSignals({ gateway, postgres }: Starting): void {
  let stoppingSince: number | undefined;
  const stop = async (): Promise<void> => {
    const now = performance.now();
    if (stoppingSince !== undefined) {
      // One Ctrl-C may arrive twice, through the terminal and through the launcher; a later one
      // means: now.
      if (now - stoppingSince > sameSignalMs) await leaveNow(postgres);
      return;
    }
    stoppingSince = now;
    setTimeout(() => void leaveNow(postgres), stopMsMax).unref();
    try {
      await (await gateway).stop();
    } finally {
      await (await postgres)?.stop();
    }
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      stop().catch(fail);
    });
  }
}

let leaving = false;

/** The hard way out, of everything but the private PostgreSQL, which would outlive us. */
async function leaveNow(postgres: Starting["postgres"]): Promise<never> {
  if (leaving) process.exit(1);
  leaving = true;
  const stopped = postgres.then((own) => own?.stop()).catch(() => undefined);
  await Promise.race([stopped, wait(postgresStopMsMax)]);
  process.exit(1);
}

/** What the user can mend is one sentence; what is our fault has its stack. */
function fail(error: unknown): never {
  process.stderr.write(`\nwasl ends: ${explain(error)}\n`);
  process.exit(1);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ConfigError || error instanceof MigrationError) return error.message;
  if (error instanceof VaultError) return error.message;
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
