import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import tty from "node:tty";
import { ensureInstalled, InstallError, root } from "./ensure-installed.mjs";

/** npm passes on a signal that the terminal has sent to everybody already. */
const sameSignalMsMax = 1000;
const parentPollMs = 200;

try {
  launch(await ensureInstalled());
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** Runs the gateway in the foreground and ends as it ends. */
function launch(node) {
  const main = path.join(root, "packages/gateway/src/main.ts");
  const gateway = spawn(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  forwardSignals(gateway);
  stopWithNpm(gateway);
  gateway.once("error", (error) => {
    process.stderr.write(`${node} could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  gateway.once("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function forwardSignals(gateway) {
  let forwardedAtMs = -Infinity;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (signal !== "SIGTERM" && inForeground()) return;
      if (performance.now() - forwardedAtMs < sameSignalMsMax) return;
      forwardedAtMs = performance.now();
      gateway.kill(signal);
    });
  }
}

/** Whether a terminal sends its signals to our process group, and so to the gateway as well. */
function inForeground() {
  if (process.platform !== "linux") return [0, 1, 2].some((fd) => tty.isatty(fd));
  const stat = readFileSync("/proc/self/stat", "utf8");
  const [, , group, , , terminalGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === terminalGroup;
}

/** Told to stop, npm tells its shell, and the shell ends without telling us. */
function stopWithNpm(gateway) {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    gateway.kill("SIGTERM");
  }, parentPollMs);
}
