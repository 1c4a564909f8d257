import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A stand-in for the gateway: says what it was given, counts signals, ends on the first. */
const gatewaySource = `
  let signals = "";
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(name, () => {
      if (signals === "") setTimeout(() => { process.stdout.write(signals); process.exit(7); }, 200);
      signals += name;
    });
  }
  process.stdout.write(JSON.stringify(process.argv.slice(2)) + "\\n");
  if (process.argv[2] === "fail") process.exit(3);
  setTimeout(() => process.exit(9), 10_000);
`;

const repository = join(import.meta.dirname, "../../../..");
const lock = { packages: { "node_modules/thing": { version: "1.0.0" } } };

let checkout: string;

beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), "wasl-launcher-"));
  await cp(join(repository, "scripts"), join(checkout, "scripts"), { recursive: true });
  await mkdir(join(checkout, "packages/gateway/src"), { recursive: true });
  await mkdir(join(checkout, "node_modules"));
  await writeFile(join(checkout, "packages/gateway/src/main.ts"), gatewaySource);
  await writeFile(join(checkout, "package-lock.json"), JSON.stringify(lock));
  await writeFile(join(checkout, "node_modules/.package-lock.json"), JSON.stringify(lock));
});

afterEach(() => rm(checkout, { recursive: true, force: true }));

function launch(args: readonly string[], path = process.env["PATH"]): ChildProcess {
  return spawn(process.execPath, [join(checkout, "scripts/start.mjs"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: path },
    detached: true,
  });
}

async function result(
  launcher: ChildProcess,
): Promise<{ code: unknown; out: string; err: string }> {
  if (!launcher.stdout || !launcher.stderr) throw new Error("no output to read");
  const [[code], out, err] = await Promise.all([
    once(launcher, "exit"),
    text(launcher.stdout),
    text(launcher.stderr),
  ]);
  return { code, out, err };
}

describe("npm start", () => {
  it("passes arguments and the exit code on, and keeps stdout for the gateway", async () => {
    expect(await result(launch(["fail", "--port", "4455"]))).toEqual({
      code: 3,
      out: '["fail","--port","4455"]\n',
      err: "",
    });
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("forwards %s once and waits", async (name) => {
    const launcher = launch([]);
    if (!launcher.stdout) throw new Error("no output to read");
    await once(launcher.stdout, "data");
    const ended = result(launcher);
    launcher.kill(name);
    await wait(50);
    launcher.kill(name);
    expect(await ended).toMatchObject({ code: 7, out: name });
  });

  it("notes what is installed, so that the next start need not look", async () => {
    await result(launch(["fail"]));
    const stamp = await readFile(join(checkout, "node_modules/.wasl-installed.json"), "utf8");
    expect(JSON.parse(stamp)).toMatchObject({
      lock: createHash("sha256").update(JSON.stringify(lock)).digest("hex"),
      node: process.execPath,
    });
  });

  it("says so when what is missing cannot be installed", async () => {
    await rm(join(checkout, "node_modules"), { recursive: true });
    const { code, out, err } = await result(launch([], join(checkout, "nowhere")));
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("npm ci did not succeed");
  });

  it("installs once when two start at the same time", async () => {
    await rm(join(checkout, "node_modules"), { recursive: true });
    const npm = `#!${process.execPath}
      const fs = require("node:fs");
      fs.appendFileSync("installs", "npm ci\\n");
      fs.mkdirSync("node_modules");
      setTimeout(() => process.exit(0), 500);`;
    await mkdir(join(checkout, "bin"));
    await writeFile(join(checkout, "bin/npm"), npm, { mode: 0o755 });
    const both = await Promise.all(
      [1, 2].map(() => result(launch(["fail"], join(checkout, "bin")))),
    );
    expect(both.map(({ code }) => code)).toEqual([3, 3]);
    expect(await readFile(join(checkout, "installs"), "utf8")).toBe("npm ci\n");
  });

  it("takes over the lock of an install that was killed", async () => {
    await mkdir(join(checkout, ".wasl"));
    const ended = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await once(ended, "exit");
    await writeFile(join(checkout, ".wasl/install.lock"), String(ended.pid));
    expect(await result(launch(["fail"]))).toMatchObject({ code: 3 });
  });
});
