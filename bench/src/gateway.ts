import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { createPool } from "@wasl/gateway/src/database/pool.ts";
import { guardServer } from "@wasl/gateway/test/support/server-guard.ts";

export interface RunningGateway {
  readonly pid: number;
  readonly url: string;
  readonly profileId: number;
  readonly serverKey: string;
  stop(): Promise<void>;
}

/** A process that does not stop when told to is killed after this, in ms. */
const stopMsMax = 20_000;

/** Starts a gateway as its users do, on a database that is there already. */
export async function startGateway(options: {
  readonly databaseUrl: string;
  readonly headStartMs: number;
  readonly profileFolder?: string | undefined;
}): Promise<RunningGateway> {
  const { databaseUrl, headStartMs, profileFolder } = options;
  const manifest = createRequire(import.meta.url).resolve("@wasl/gateway/package.json");
  const profiling = profileFolder ? ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`] : [];
  const child = spawn(
    process.execPath,
    [...profiling, join(dirname(manifest), "src/main.ts"), "--port", "0", "--format", "json"],
    {
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        WASL_CALLBACK_HEAD_START_MS: headStartMs.toString(),
        WASL_LOG_LEVEL: "silent",
      },
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const dismissGuard = guardServer(child.pid ?? 0, []);
  const { url, profileId } = await readyLine(child);
  const serverKey = await serverKeyOf(databaseUrl, profileId);
  return {
    pid: child.pid ?? 0,
    url,
    profileId,
    serverKey,
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
      await ended;
      clearTimeout(timer);
      dismissGuard();
    },
  };
}

interface ReadyLine {
  readonly url: string;
  readonly profileId: number;
}

/** A gateway on a database that is not its own prints no keys. */
async function serverKeyOf(databaseUrl: string, profileId: number): Promise<string> {
  const pool = createPool(databaseUrl, { connectionsMax: 1 });
  const { rows } = await pool.query<{ server_key: string }>(
    "select server_key from profile where profile_id = $1",
    [profileId],
  );
  await pool.end();
  return rows[0]?.server_key ?? "";
}

async function readyLine(child: ChildProcess): Promise<ReadyLine> {
  if (child.stdout) {
    for await (const line of createInterface({ input: child.stdout })) {
      return JSON.parse(line) as ReadyLine;
    }
  }
  throw new Error("the gateway ended before it was ready");
}
