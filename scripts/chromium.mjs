import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const installMsMax = 15 * 60_000;
const aptLockSecondsMax = 300;

/** Chromium without windows, a Debian package: the browser tests take a third less work with it. */
const shell = "chromium-headless-shell";
const programs = [shell, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const usualPlaces = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

/** The path of a Chromium on this machine, or undefined. CHROMIUM_PATH goes before all others. */
export function findChromium() {
  const given = process.env["CHROMIUM_PATH"];
  if (given) return given;
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter(Boolean);
  const onPath = folders.flatMap((folder) => programs.map((name) => path.join(folder, name)));
  return [...onPath, ...usualPlaces, playwrightsOwn()].find(isExecutable);
}

/**
 * Finds Chromium, or installs it: Debian's package where apt and root exist, else playwright's.
 *
 * @returns {string} its path
 * @throws {Error} saying what to do when there is none to be had
 */
export function ensureChromium() {
  const known = findChromium();
  const lighter = known === undefined || known.endsWith(`/${shell}`) ? undefined : installShell();
  const found = lighter ?? known ?? installChromium();
  if (found !== undefined) return found;
  throw new Error(
    "The browser tests need Chromium, and it could not be installed. " +
      "Install Chromium or Chrome, or set CHROMIUM_PATH to one.",
  );
}

const isPackaged = () => process.getuid?.() === 0 && run("apt-get", ["--version"], "ignore");

/** Beside a Chromium that is there, where Debian's lists offer it; without it that one will do. */
function installShell() {
  if (process.env["CHROMIUM_PATH"] || !isPackaged()) return undefined;
  if (!run("apt-cache", ["show", shell], "ignore")) return undefined;
  return installPackage(shell) ? findChromium() : undefined;
}

/** Tries one source after the other, and returns the path once there is one. */
function installChromium() {
  if (isPackaged()) {
    run("apt-get", [...waitForApt, "-qq", "update"]);
    if (!installPackage(shell)) installPackage("chromium");
  }
  return findChromium() ?? installPlaywrights();
}

const waitForApt = ["-o", `DPkg::Lock::Timeout=${aptLockSecondsMax}`];

function installPackage(name) {
  process.stderr.write(`Installing ${name} for the browser tests, once.\n`);
  return run("apt-get", [...waitForApt, "-qq", "-y", "--no-install-recommends", "install", name]);
}

function installPlaywrights() {
  const packaged = require.resolve("playwright-core/package.json");
  const cli = path.join(path.dirname(packaged), "cli.js");
  const dependencies = process.getuid?.() === 0 ? ["--with-deps"] : [];
  run(process.execPath, [cli, "install", ...dependencies, "chromium"]);
  return findChromium();
}

const require = createRequire(import.meta.url);

function playwrightsOwn() {
  try {
    return require("playwright-core").chromium.executablePath();
  } catch {
    return undefined;
  }
}

/** Output goes to stderr: stdout belongs to the tests. */
function run(program, args, output = 2) {
  const { status } = spawnSync(program, args, {
    stdio: ["ignore", output, output],
    timeout: installMsMax,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return status === 0;
}

function isExecutable(file) {
  if (!file) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
