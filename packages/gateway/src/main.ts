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

/** Signals closer together than this are one and the same, in ms. */
const sameSignalMs = 1000;

interface Started {
  readonly gateway: Gateway;
  readonly postgres: EmbeddedPostgres | undefined;
}

async function main(): Promise<void> {
  const overrides = readCommandLine(process.argv.slice(2));
  const config = readConfig(process.env, overrides);
  const portGiven = overrides.port ?? process.env[settings.port.environment];
  const started = start(config, portGiven !== undefined);
  stopOnSignals(started);
  announce(config, (await started).gateway);
}

async function start(config: Config, portAsked: boolean): Promise<Started> {
  const log = createLog(config.logLevel);
  const postgres =
    config.databaseUrl === undefined
      ? await startEmbeddedPostgres(config.dataFolder, log)
      : undefined;
  const databaseUrl = postgres?.connectionString ?? config.databaseUrl ?? "";
  try {
    const operatorToken =
      config.operatorToken ?? (postgres ? await keepOperatorToken(config.dataFolder) : undefined);
    const vaultKeys =
      config.vaultKeys ?? (postgres ? await keepVaultKeys(config.dataFolder) : undefined);
    const listen = (port: number): Promise<Gateway> =>
      startGateway({
        config: { ...config, operatorToken, vaultKeys, port },
        databaseUrl,
        clock: systemClock,
        log,
      });
    return { gateway: await onFreePort(listen, config.port, portAsked), postgres };
  } catch (error) {
    await postgres?.stop();
    throw error;
  }
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
function stopOnSignals(started: Promise<Started>): void {
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
    const { gateway, postgres } = await started;
    try {
      await gateway.stop();
    } finally {
      await postgres?.stop();
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
