import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../../src/database/embedded/server.ts";
import { createTestDatabase } from "../support/database.ts";

const main = join(import.meta.dirname, "../../src/main.ts");

let folder: string;
let started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wasl-start-"));
  // The server's own user must get in, else its files go elsewhere and outlive the test.
  await chmod(folder, 0o755);
});

afterEach(async () => {
  await Promise.all(started.map((child) => stop(child, "SIGTERM")));
  started = [];
  await rm(folder, { recursive: true, force: true });
});

function run(args: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], ...environment },
  });
  started.push(child);
  return child;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, "exit");
  }
  return child.exitCode;
}

/** The one line of JSON that says the gateway is ready. */
async function ready(child: ChildProcess) {
  if (!child.stdout) throw new Error("no output to read");
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error("it ended before it was ready");
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; err: string }> {
  if (!child.stderr) throw new Error("no output to read");
  const [err] = await Promise.all([text(child.stderr), once(child, "exit")]);
  return { code: child.exitCode, err };
}

/** What a PostgreSQL that still runs has left in the data folder. */
async function lockFiles(): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith("postmaster.pid"));
}

const jsonOf = (port: number) => ["--port", port.toString(), "--data", folder, "--format", "json"];

test("one command serves, keeps its keys, and leaves nothing running", async () => {
  const args = jsonOf(await freePort());
  const first = run(args);
  const line = await ready(first);
  expect(line).toEqual({
    ready: true,
    url: `http://127.0.0.1:${args[1]}`,
    consoleUrl: `http://127.0.0.1:${args[1]}/`,
    profileId: 45001,
    serverKey: expect.stringMatching(/^S[A-Z0-9]{9}(-[A-Z0-9]{10}){2}$/),
    clientKey: expect.stringMatching(/^C[A-Z0-9]{5}(-[A-Z0-9]{6}){3}$/),
    operatorToken: expect.stringMatching(/^[\w-]{32}$/),
  });
  expect((await fetch(line.url)).status).toBe(200);
  expect(await stop(first, "SIGINT")).toBe(0);
  expect(await lockFiles()).toEqual([]);
  expect(await ready(run(args))).toEqual(line);
});

/** What it has said when it is stopped, on both ways out. */
async function saidBy(child: ChildProcess): Promise<string> {
  if (!child.stdout || !child.stderr) throw new Error("no output to read");
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  child.stdout.once("data", () => child.kill("SIGTERM"));
  return (await said).join("\n");
}

const operatorToken = "an-operators-token-for-tests";

test("a token that was configured is not printed, the private database's keys are", async () => {
  for (const format of ["text", "json"]) {
    const args = ["--port", "0", "--data", folder, "--format", format];
    const said = await saidBy(run(args, { WASL_OPERATOR_TOKEN: operatorToken }));
    expect(said).not.toContain(operatorToken);
    expect(said).toContain("API open to whoever sends WASL_OPERATOR_TOKEN");
    expect(said).toMatch(/S[A-Z0-9]{9}(-[A-Z0-9]{10}){2}/);
  }
});

test("with a database of one's own, no secret is printed", async () => {
  const database = await createTestDatabase();
  for (const format of ["text", "json"]) {
    const said = await saidBy(
      run(["--port", "0", "--format", format], {
        DATABASE_URL: database.url,
        WASL_OPERATOR_TOKEN: operatorToken,
      }),
    );
    expect(said).toContain("45001");
    const { rows } = await database.pool.query("select server_key, client_key from profile");
    expect(rows).toHaveLength(1);
    for (const secret of [rows[0].server_key, rows[0].client_key, operatorToken]) {
      expect(said).not.toContain(secret);
    }
  }
  await database.drop();
});

test("a worker says where it can be asked, and promises no page", async () => {
  const database = await createTestDatabase();
  const args = ["--port", "0", "--role", "worker", "--format", "json"];
  const said = await saidBy(run(args, { DATABASE_URL: database.url }));
  expect(said).toContain("/health/ready");
  expect(said).not.toContain("create a test payment");
  expect(said).not.toContain("/payment/request");
  expect(said).toContain('"consoleUrl":null');
  await database.drop();
});

test("the same command twice: the second says that the port is taken, the first goes on", async () => {
  const args = jsonOf(await freePort());
  const { url } = await ready(run(args));
  const { code, err } = await endOf(run(args));
  expect(err).toContain(`port ${args[1]} is taken: choose another with --port`);
  expect(code).toBe(1);
  expect((await fetch(url)).status).toBe(200);
});

test("a signal while it starts stops what has been started", async () => {
  const child = run(jsonOf(await freePort()));
  // The private PostgreSQL is being made.
  await expect.poll(() => readdir(folder)).toContain("postgres-password");
  expect(await stop(child, "SIGTERM")).toBe(0);
  expect(await lockFiles()).toEqual([]);
});

/** A connection over which half a request has come, as the server has said. */
async function sendHalf(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number.parseInt(port, 10), hostname);
  socket.on("error", () => undefined);
  socket.write("POST /payment/request HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n");
  socket.write("Content-Length: 9\r\n\r\n{");
  await once(socket, "data");
}

test("half a request does not keep it from stopping", async () => {
  const child = run(jsonOf(await freePort()));
  const { url } = await ready(child);
  await sendHalf(url);
  expect(await stop(child, "SIGTERM")).toBe(0);
  expect(await lockFiles()).toEqual([]);
});

test("told twice, it ends at once, and its PostgreSQL with it", async () => {
  const child = run(jsonOf(await freePort()));
  const { url } = await ready(child);
  // So that the first signal alone would take some seconds.
  await sendHalf(url);
  child.kill("SIGTERM");
  await wait(1200);
  expect(await stop(child, "SIGTERM")).toBe(1);
  expect(await lockFiles()).toEqual([]);
});

test("what cannot work is said in one sentence that names the setting", async () => {
  const file = join(folder, "file");
  await writeFile(file, "");
  const cases = [
    [["--port", "abc"], "--port (WASL_PORT) must be a whole number from 0 to 65535"],
    [["--format", "xml"], "--format (WASL_FORMAT) must be one of text, json"],
    [["--data", file], "choose another with --data"],
    [["--role", "api"], "--role (WASL_ROLE) api needs DATABASE_URL"],
    [["--role", "worker"], "--role (WASL_ROLE) worker needs DATABASE_URL"],
    [["--public-url", "ftp://x"], "--public-url (WASL_PUBLIC_URL) must be an http or https URL"],
  ] as const;
  for (const [args, message] of cases) {
    const { code, err } = await endOf(run(["--format", "json", ...args]));
    expect(err).toContain(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(code).toBe(1);
  }
});
