import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyBinaries, findBinaries } from "../../src/database/embedded/binaries.ts";
import { locate } from "../../src/database/embedded/location.ts";
import { isServer } from "../../src/database/embedded/server.ts";
import { canRun, chooseServerUser } from "../../src/database/embedded/server-user.ts";

const asRoot = process.getuid?.() === 0;
const endMsMax = 20_000;

interface Started {
  readonly gateway: ChildProcess;
  readonly connectionString: string;
  /** The server's process. */
  readonly pid: number;
}

let folder: string;
let gateways: ChildProcess[];
/** Every server a test came to know: none may stay behind. */
let servers: Set<number>;
let elsewhere: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wasl-postgres-"));
  await chmod(folder, 0o755);
  gateways = [];
  servers = new Set();
  elsewhere = [];
});

afterEach(async () => {
  for (const gateway of gateways) gateway.kill("SIGKILL");
  for (const pid of servers) killNow(pid);
  for (const pid of servers) await gone(pid);
  for (const path of [folder, ...elsewhere]) await rm(path, { recursive: true, force: true });
});

function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended, as it should.
  }
}

/** A server that has ended, but whose exit nobody has asked for yet, is gone too. */
async function gone(pid: number): Promise<void> {
  const deadline = performance.now() + endMsMax;
  while (await isServer(pid, "")) {
    if (performance.now() > deadline) throw new Error(`process ${pid} goes on running`);
    await wait(20);
  }
}

function launch(data: string): ChildProcess {
  const script = join(import.meta.dirname, "embedded-child.ts");
  const gateway = spawn(process.execPath, [script, data], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  gateways.push(gateway);
  return gateway;
}

async function firstLine(gateway: ChildProcess): Promise<Record<string, unknown>> {
  if (gateway.stdout === null) throw new Error("the gateway has no stdout");
  const [chunk] = await once(gateway.stdout, "data");
  const line = JSON.parse(String(chunk));
  if (typeof line.pid === "number") servers.add(line.pid);
  return line;
}

async function start(data = folder): Promise<Started> {
  const gateway = launch(data);
  const { connectionString, pid, failure } = await firstLine(gateway);
  if (typeof connectionString !== "string" || typeof pid !== "number") {
    throw new TypeError(`no start: ${String(failure)}`);
  }
  return { gateway, connectionString, pid };
}

async function stop({ gateway }: Started): Promise<void> {
  const exit = once(gateway, "exit");
  gateway.stdin?.write("stop\n");
  expect((await exit)[0]).toBe(0);
}

async function kill(gateway: ChildProcess): Promise<void> {
  const exit = once(gateway, "exit");
  gateway.kill("SIGKILL");
  await exit;
}

async function query(started: Started, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: started.connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function keepNote(started: Started): Promise<void> {
  await query(started, "create table note (text text)");
  await query(started, "insert into note values ('kept')");
}

async function expectNote(started: Started): Promise<void> {
  expect(await query(started, "select text from note")).toEqual([{ text: "kept" }]);
}

describe("the private PostgreSQL", () => {
  it("keeps its data between runs, and ends with the gateway", async () => {
    const first = await start();
    await keepNote(first);
    await stop(first);
    await gone(first.pid);

    const begun = performance.now();
    const second = await start();
    expect(performance.now() - begun).toBeLessThan(3000);
    await expectNote(second);
    await stop(second);
  });

  it("writes durably, listens on loopback alone and guards its password", async () => {
    const started = await start();
    const settings = await query(
      started,
      `select name, setting from pg_settings where name in
         ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses',
          'unix_socket_directories', 'server_encoding', 'password_encryption')`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: "on",
      synchronous_commit: "on",
      full_page_writes: "on",
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      server_encoding: "UTF8",
      password_encryption: "scram-sha-256",
    });
    expect(new URL(started.connectionString).hostname).toBe("127.0.0.1");
    const { mode } = await stat(join(folder, "postgres-password"));
    expect(mode & 0o777).toBe(0o600);
    await stop(started);
  });

  it("is adopted when the gateway was killed and it was not", async () => {
    const first = await start();
    await keepNote(first);
    await kill(first.gateway);

    const second = await start();
    expect(second.pid).toBe(first.pid);
    await expectNote(second);
    await stop(second);
    await gone(first.pid);
  });

  it("is healed when both were killed", async () => {
    const first = await start();
    await keepNote(first);
    await kill(first.gateway);
    killNow(first.pid);
    await gone(first.pid);

    const second = await start();
    expect(second.pid).not.toBe(first.pid);
    await expectNote(second);
    await stop(second);
  });

  it("is healed when its process number belongs to another program by now", async () => {
    const first = await start();
    await keepNote(first);
    await kill(first.gateway);
    killNow(first.pid);
    await gone(first.pid);
    const stranger = spawn("sleep", ["60"], { ...(await chooseServerUser()), stdio: "ignore" });
    try {
      const { cluster } = await locate(folder);
      const lockFile = join(cluster, "postmaster.pid");
      const lock = await readFile(lockFile, "utf8");
      await writeFile(lockFile, lock.replace(/^\d+/, String(stranger.pid)));

      const second = await start();
      await expectNote(second);
      await stop(second);
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill();
    }
  });

  it("comes back on the same port when it dies under a running gateway", async () => {
    const first = await start();
    await keepNote(first);
    killNow(first.pid);
    await gone(first.pid);

    const deadline = performance.now() + endMsMax;
    let rows: unknown;
    while (rows === undefined && performance.now() < deadline) {
      rows = await query(first, "select text from note").catch(() => wait(100));
    }
    expect(rows).toEqual([{ text: "kept" }]);
    await stop(first);
    await expect(query(first, "select 1")).rejects.toThrow("ECONNREFUSED");
  });

  it("does not feel the Ctrl-C meant for the gateway", async () => {
    const first = await start();
    const exit = once(first.gateway, "exit");
    process.kill(-(first.gateway.pid ?? 0), "SIGINT");
    await exit;
    expect(await isServer(first.pid, "")).toBe(true);
    await stop(await start());
    await gone(first.pid);
  });
});

describe("several gateways on one data folder", () => {
  it("share the server, also on its very first start; the last one stops it", async () => {
    const [first, second, third] = await Promise.all([start(), start(), start()]);
    expect(new Set([first.pid, second.pid, third.pid]).size).toBe(1);
    await keepNote(first);
    await stop(first);
    await expectNote(second);
    await stop(third);
    await expectNote(second);
    await stop(second);
    await gone(first.pid);
  });

  it("leave no server behind when they stop together", async () => {
    for (let round = 0; round < 3; round += 1) {
      const both = await Promise.all([start(), start()]);
      await Promise.all(both.map((started) => stop(started)));
      await gone(both[0].pid);
      expect(both[0].pid).toBe(both[1].pid);
    }
  });

  it("may start while the last one stops", async () => {
    let running = await start();
    await keepNote(running);
    for (let round = 0; round < 4; round += 1) {
      const stopped = stop(running);
      await wait(round * 40);
      const [next] = await Promise.all([start(), stopped]);
      await expectNote(next);
      running = next;
    }
    await stop(running);
    await gone(running.pid);
    expect(servers.size).toBeGreaterThan(0);
  });
});

describe("a start that cannot succeed", () => {
  it("shows the end of the server's log and what to do", async () => {
    await stop(await start());
    const { cluster } = await locate(folder);
    await writeFile(join(cluster, "postgresql.conf"), "no_such_setting = 1\n");
    const { failure } = await firstLine(launch(folder));
    expect(failure).toContain("did not start");
    expect(failure).toContain("no_such_setting");
    expect(failure).toContain("DATABASE_URL");
  });

  it("says so when the password does not fit the cluster", async () => {
    await stop(await start());
    await writeFile(join(folder, "postgres-password"), "another one");
    const { failure } = await firstLine(launch(folder));
    expect(failure).toContain("put the file postgres-password back");
    const { cluster } = await locate(folder);
    servers.add(Number.parseInt(await readFile(join(cluster, "postmaster.pid"), "utf8"), 10));
  });
});

describe.runIf(asRoot)("as root", () => {
  it("keeps the database elsewhere when its user cannot enter the data folder", async () => {
    await chmod(folder, 0o700);
    const data = join(folder, "data");
    const first = await start(data);
    const { home } = await locate(data);
    elsewhere.push(home);
    expect(home).toMatch(/^\/var\/lib\/wasl\/[0-9a-f]{16}$/);
    await keepNote(first);
    await kill(first.gateway);
    killNow(first.pid);
    await gone(first.pid);

    const second = await start(data);
    await expectNote(second);
    await stop(second);
  });

  it("never replaces a database that was closed to its user later", async () => {
    const data = join(folder, "data");
    await mkdir(data);
    await chmod(data, 0o755);
    const first = await start(data);
    await keepNote(first);
    await stop(first);
    await chmod(folder, 0o700);
    const { failure } = await firstLine(launch(data));
    expect(failure).toContain("cannot enter that folder any more");

    await chmod(folder, 0o755);
    const second = await start(data);
    await expectNote(second);
    await stop(second);
  });

  it("copies PostgreSQL to where the server's user can run it", async () => {
    const user = await chooseServerUser();
    const umask = process.umask(0o077);
    try {
      const copy = await copyBinaries(await findBinaries(), folder);
      expect(canRun(user, join(copy, "bin/postgres"))).toBe(true);
      await chmod(folder, 0o700);
      expect(canRun(user, join(copy, "bin/postgres"))).toBe(false);
    } finally {
      process.umask(umask);
    }
  });
});
