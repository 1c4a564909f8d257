import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const pollMs = 250;
const waitMsMax = 15 * 60_000;

/**
 * Runs `work` while no other process of this checkout does. The lock names its holder, so that one
 * left behind by a killed process is taken over.
 *
 * @template Result
 * @param {string} root
 * @param {() => Result} work
 * @returns {Promise<Result>}
 */
export async function withInstallLock(root, work) {
  const file = path.join(root, ".wasl", "install.lock");
  mkdirSync(path.dirname(file), { recursive: true });
  await take(file);
  try {
    return work();
  } finally {
    rmSync(file, { force: true });
  }
}

async function take(file) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += pollMs) {
      if (takeNow(draft, file)) return;
      if (waitedMs === 0) process.stderr.write("Waiting for another install in this folder.\n");
      await wait(pollMs);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new Error(`Another install seems to be running. If none is, remove ${file}.`);
}

/** A link appears whole or not at all: nobody can read a lock without its holder's number. */
function takeNow(draft, file) {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  if (!isHeld(file)) rmSync(file, { force: true });
  return false;
}

function isHeld(file) {
  try {
    process.kill(Number.parseInt(readFileSync(file, "utf8"), 10), 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
