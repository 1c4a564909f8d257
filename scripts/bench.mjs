import { spawn } from "node:child_process";
import path from "node:path";
import { ensureInstalled, InstallError, root } from "./ensure-installed.mjs";

try {
  launch(await ensureInstalled());
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** Runs the bench in the foreground and ends as it ends. */
function launch(node) {
  const main = path.join(root, "bench/src/main.ts");
  const bench = spawn(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A bench clears its processes away; told twice, by the terminal and by us, it does so once.
    process.on(signal, () => bench.kill(signal));
  }
  bench.once("error", (error) => {
    process.stderr.write(`${node} could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  bench.once("exit", (code) => process.exit(code ?? 1));
}
