import { execFile, spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { link, open, readFile, rename, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Location } from "./location.ts";

const run = promisify(execFile);

export const serverEnvironment = { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" };

/** A larger log is put aside at the next start, in bytes. */
const logBytesMax = 4 * 1024 * 1024;

export interface ServerOptions {
  /** `false` for tests only: no fsync, so a power cut may lose data. */
  readonly durable: boolean;
}

/** A server that says it runs on this cluster. */
export interface RunningServer {
  readonly pid: number;
  /** 0 while the server has not yet said where it listens. */
  readonly port: number;
}

/**
 * Starts the server, apart from this process: neither Ctrl-C nor our death reaches it.
 *
 * @returns `ended` stays pending while the server runs
 */
export async function launchServer(
  location: Location,
  port: number,
  options: ServerOptions,
): Promise<{ readonly ended: Promise<void> }> {
  await putLargeLogAside(location.logFile);
  const log = await open(location.logFile, "a", 0o600);
  const server = spawn(
    join(location.binaries, "bin/postgres"),
    ["-D", location.cluster, ...flags(port, options)],
    {
      ...location.user,
      cwd: location.home,
      env: serverEnvironment,
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    },
  );
  server.unref();
  const ended = new Promise<void>((resolve) => {
    server.once("exit", () => resolve());
    server.once("error", (error) => {
      appendFileSync(location.logFile, `${error.message}\n`);
      resolve();
    });
  });
  // The server writes through a copy of its own.
  await log.close();
  return { ended };
}

function flags(port: number, { durable }: ServerOptions): string[] {
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 200,
    log_line_prefix: "%m [%p] ",
    log_checkpoints: "off",
    // Details would show the values of the row that broke a rule.
    log_error_verbosity: "terse",
    ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function putLargeLogAside(logFile: string): Promise<void> {
  const { size } = await stat(logFile).catch(() => ({ size: 0 }));
  if (size > logBytesMax) await rename(logFile, `${logFile}.old`).catch(() => undefined);
}

/** The cluster's server, if one runs. */
export async function findServer(location: Location): Promise<RunningServer | undefined> {
  const lines = (await readLock(location)).split("\n");
  const pid = Number.parseInt(lines[0] ?? "", 10);
  if (Number.isNaN(pid) || !(await isServer(pid, location.cluster))) return undefined;
  const port = Number.parseInt(lines[3] ?? "", 10);
  return { pid, port: Number.isNaN(port) ? 0 : port };
}

/**
 * Removes a lock that a crash left behind and whose process number now belongs to another program
 * of the same user: the one case that PostgreSQL does not dare to clear by itself.
 */
export async function removeForeignLock(location: Location): Promise<void> {
  const lock = await readLock(location);
  if (lock === "" || (await findServer(location)) !== undefined) return;
  const aside = `${lockFile(location)}.${process.pid}`;
  await rename(lockFile(location), aside).catch(() => undefined);
  // Another process may have started the server since; then the lock is that server's.
  if ((await readFile(aside, "utf8").catch(() => lock)) !== lock) {
    await link(aside, lockFile(location)).catch(() => undefined);
  }
  await rm(aside, { force: true });
}

function lockFile(location: Location): string {
  return join(location.cluster, "postmaster.pid");
}

async function readLock(location: Location): Promise<string> {
  return readFile(lockFile(location), "utf8").catch(() => "");
}

/** Whether the process is a PostgreSQL server of this cluster. */
export async function isServer(pid: number, cluster: string): Promise<boolean> {
  const command = await commandOf(pid);
  return command.includes("postgres") && command.includes(cluster);
}

/** From /proc where there is one, since small containers have no `ps`. */
async function commandOf(pid: number): Promise<string> {
  if (process.platform === "linux") {
    return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  }
  const listed = run("ps", ["-ww", "-o", "args=", "-p", pid.toString()]);
  return listed.then(({ stdout }) => stdout).catch(() => "");
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
