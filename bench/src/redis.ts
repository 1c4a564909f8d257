import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "@wasl/gateway/src/database/embedded/server.ts";
import { guardServer } from "@wasl/gateway/test/support/server-guard.ts";
import { Redis } from "ioredis";

const installMsMax = 10 * 60_000;
const aptLockSecondsMax = 300;
const startMsMax = 10_000;

export interface BenchRedis {
  readonly url: string;
  readonly version: string;
  readonly pid: number;
  empty(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts Debian's Redis in a temporary folder, as durable as its users usually run it: an
 * append-only file, flushed each second.
 *
 * @returns `undefined` when there is none on this machine and none could be installed
 */
export async function startRedis(): Promise<BenchRedis | undefined> {
  if (!hasRedis() && !installRedis()) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "wasl-bench-redis-"));
  const port = await freePort();
  const server = spawn(
    "redis-server",
    Object.entries({
      port: port.toString(),
      bind: "127.0.0.1",
      dir: folder,
      appendonly: "yes",
      appendfsync: "everysec",
      save: "",
    }).flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: "ignore" },
  );
  const dismissGuard = guardServer(server.pid ?? 0, [folder]);
  const url = `redis://127.0.0.1:${port}`;
  // It connects again and again until the server listens.
  const client = new Redis(url, { maxRetriesPerRequest: null });
  client.on("error", () => undefined);
  try {
    const version = /redis_version:(\S+)/.exec(await greeting(client))?.[1] ?? "unknown";
    return {
      url,
      version,
      pid: server.pid ?? 0,
      empty: async () => {
        await client.flushall();
      },
      async stop() {
        client.disconnect();
        await end(server);
        dismissGuard();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    server.kill("SIGKILL");
    throw error;
  }
}

async function greeting(client: Redis): Promise<string> {
  const tooLate = pause(startMsMax, undefined, { ref: false }).then(() => {
    throw new Error("Redis did not start");
  });
  return Promise.race([client.info("server"), tooLate]);
}

async function end(server: ChildProcess): Promise<void> {
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  await ended;
}

function hasRedis(): boolean {
  return run("redis-server", ["--version"], "ignore");
}

function installRedis(): boolean {
  if (process.getuid?.() !== 0 || !run("apt-get", ["--version"], "ignore")) return false;
  process.stderr.write("Installing Redis for the comparison with BullMQ, once.\n");
  const wait = `DPkg::Lock::Timeout=${aptLockSecondsMax}`;
  run("apt-get", ["-o", wait, "-qq", "update"]);
  run("apt-get", ["-o", wait, "-qq", "-y", "--no-install-recommends", "install", "redis-server"]);
  return hasRedis();
}

/** Output goes to stderr: stdout belongs to the figures. */
function run(program: string, args: readonly string[], output: "ignore" | 2 = 2): boolean {
  const { status } = spawnSync(program, args, {
    stdio: ["ignore", output, output],
    timeout: installMsMax,
    // Runlevel 1: Debian does not start the server it installs; the bench starts its own.
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
  });
  return status === 0;
}
