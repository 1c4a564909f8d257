import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Location } from "./location.ts";

const run = promisify(execFile);

/** Who PostgreSQL knows; also the name of the database. */
export const databaseUser = "wasl";

/** An unfinished first start is cleared away after this long, in ms. */
const draftAgeMsMax = 10 * 60_000;

/** Creates the cluster on first use, whole or not at all, also when two processes try at once. */
export async function ensureCluster(location: Location): Promise<void> {
  if (await exists(join(location.cluster, "PG_VERSION"))) return;
  await clearOldDrafts(location.home);
  const draft = join(location.home, `draft-${randomBytes(6).toString("hex")}`);
  const passwordFile = `${draft}.password`;
  await writeFile(passwordFile, location.password, { mode: 0o600 });
  if (location.user) await chown(passwordFile, location.user.uid, location.user.gid);
  const options = ["-D", draft, "-U", databaseUser, "-A", "scram-sha-256", "-E", "UTF8"];
  try {
    await run(
      join(location.binaries, "bin/initdb"),
      [...options, "--locale=C", `--pwfile=${passwordFile}`, "--no-sync"],
      { ...location.user, cwd: location.home, env: serverEnvironment },
    );
    await rename(draft, location.cluster);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(join(location.cluster, "PG_VERSION")))) throw error;
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function clearOldDrafts(home: string): Promise<void> {
  const names = (await readdir(home)).filter((name) => name.startsWith("draft-"));
  await Promise.all(
    names.map(async (name) => {
      const path = join(home, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      const { mtimeMs: nowMs } = await stat(home);
      if (nowMs - mtimeMs > draftAgeMsMax) await rm(path, { recursive: true, force: true });
    }),
  );
}

const serverEnvironment = { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" };

export interface ServerOptions {
  /** `false` for tests only: no fsync, so a power cut may lose data. */
  readonly durable: boolean;
}

/**
 * Starts the server, apart from this process: neither Ctrl-C nor our death reaches it.
 *
 * @returns `ended` stays pending while the server runs
 */
export async function launchServer(
  location: Location,
  port: number,
  { durable }: ServerOptions,
): Promise<{ readonly ended: Promise<void> }> {
  const log = await open(location.logFile, "a");
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 200,
    log_line_prefix: "%m [%p] ",
    ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn(
    join(location.binaries, "bin/postgres"),
    ["-D", location.cluster, ...flags],
    {
      ...location.user,
      cwd: location.home,
      env: serverEnvironment,
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    },
  );
  await log.close();
  server.unref();
  const ended = new Promise<void>((resolve) => {
    server.once("exit", () => resolve());
    server.once("error", () => resolve());
  });
  return { ended };
}

/** A server that says it runs on this cluster. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
}

/**
 * The cluster's server, if one runs. A lock file left behind by a crash is removed: of a process
 * that is gone, or whose number now belongs to another program.
 */
export async function findServer(location: Location): Promise<RunningServer | undefined> {
  const lockFile = join(location.cluster, "postmaster.pid");
  const lines = (await readFile(lockFile, "utf8").catch(() => "")).split("\n");
  const pid = Number.parseInt(lines[0] ?? "", 10);
  if (Number.isNaN(pid)) return undefined;
  if (!(await isServer(pid, location.cluster))) {
    await rm(lockFile, { force: true });
    return undefined;
  }
  const port = Number.parseInt(lines[3] ?? "", 10);
  return { pid, port: Number.isNaN(port) ? 0 : port };
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

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
