// Runs before anything is installed, on whatever Node the machine has: no dependencies, no types.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { withInstallLock } from "./install-lock.mjs";

const nodeMajorMin = 20;
const gatewayNodeMajor = 24;
const installMsMax = 15 * 60_000;

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const modules = path.join(root, "node_modules");
/** Inside node_modules, so that whatever removes the packages removes this too. */
const stampFile = path.join(modules, ".wasl-installed.json");

/** Stops the process with a sentence for the person in front of it. */
export class InstallError extends Error {
  name = "InstallError";
}

/**
 * Installs what package-lock.json asks for, unless it is there already.
 *
 * @returns {Promise<string>} the Node program to run Wasl with
 * @throws {InstallError} saying what to do
 */
export async function ensureInstalled() {
  assertNodeVersion();
  return installedNode() ?? withInstallLock(root, () => installedNode() ?? install());
}

function assertNodeVersion() {
  if (majorOf(process.versions.node) >= nodeMajorMin) return;
  throw new InstallError(
    `Wasl needs Node ${nodeMajorMin} or newer to start, and this is ${process.version}.`,
  );
}

/** The quick way: one small file says that all is in step. */
function installedNode() {
  const stamp = readJson(stampFile);
  if (stamp?.lock !== lockHash() || stamp.machine !== machine()) return undefined;
  return existsSync(stamp.node) ? stamp.node : undefined;
}

function install() {
  if (!inStep()) {
    process.stderr.write("Installing Wasl's packages, once: this takes about a minute.\n");
    const flags = ["--include=dev", "--include=optional", "--loglevel=error"];
    const { status, error } = runProgram("npm", ["ci", ...flags], root);
    if (error || status !== 0) {
      throw new InstallError(
        `npm ci did not succeed${error ? ` (${error.message})` : ""}: its output above says why.`,
      );
    }
  }
  const node = findNode() ?? fetchNode();
  writeFileSync(stampFile, JSON.stringify({ lock: lockHash(), machine: machine(), node }));
  return node;
}

/** Whether every package is there in the version asked for, whoever installed it. */
function inStep() {
  const wanted = readJson(path.join(root, "package-lock.json"))?.packages ?? {};
  const found = readJson(path.join(modules, ".package-lock.json"))?.packages ?? {};
  return Object.entries(wanted).every(([name, entry]) => {
    if (name === "") return true;
    if (found[name] === undefined) return entry.optional === true;
    return found[name].version === entry.version && found[name].integrity === entry.integrity;
  });
}

/** The `node` package's program if it runs here, or the running Node if that is new enough. */
function findNode() {
  const program = process.platform === "win32" ? "node.exe" : "node";
  const packaged = path.join(modules, "node", "bin", program);
  return [packaged, process.execPath].find((candidate) => {
    const { status, stdout } = spawnSync(candidate, ["--version"], { encoding: "utf8" });
    return status === 0 && majorOf(stdout.trim().slice(1)) >= gatewayNodeMajor;
  });
}

/** The `node` package fetches its program in an install script, which npm may have left out. */
function fetchNode() {
  runProgram(process.execPath, ["installArchSpecificPackage.js"], path.join(modules, "node"));
  const node = findNode();
  if (node !== undefined) return node;
  throw new InstallError(
    `Node ${gatewayNodeMajor} could not be installed for ${machine()}: npm's "node" package has ` +
      `none that runs here. Install Node ${gatewayNodeMajor} and start again with it.`,
  );
}

/** stdout is left to the program that is started afterwards. */
function runProgram(program, args, cwd) {
  const shell = process.platform === "win32" && program === "npm";
  return spawnSync(program, args, { cwd, shell, stdio: ["ignore", 2, 2], timeout: installMsMax });
}

function lockHash() {
  const lock = readFileSync(path.join(root, "package-lock.json"));
  return createHash("sha256").update(lock).digest("hex");
}

function machine() {
  return `${process.platform}-${process.arch}`;
}

function majorOf(version) {
  return Number.parseInt(version, 10);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
