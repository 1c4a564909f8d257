import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureChromium } from "./chromium.mjs";
import { ensureInstalled, InstallError, root } from "./ensure-installed.mjs";

const checkMsMax = 5 * 60_000;
const testsMsMax = 20 * 60_000;
const chaosMsMax = 60 * 60_000;

const checks = [
  { title: "format", program: "oxfmt", args: ["--check"] },
  { title: "lint", program: "oxlint", args: ["--type-aware", "--deny-warnings"] },
  { title: "types", program: "typescript", bin: "tsc", args: ["-p", "."] },
  { title: "dead code", program: "knip", args: ["--no-progress"] },
];

/** The failure tests in their long form, and nothing else. */
const chaos = process.argv.includes("--chaos");
const narrowed = process.argv.slice(2).filter((argument) => argument !== "--chaos");
const count = { passed: 0, failed: 0, skipped: 0 };

try {
  const node = await ensureInstalled();
  if (narrowed.length === 0 && !chaos) await runChecks(node);
  await runTests(node, chaos ? "" : findBrowser());
} catch (error) {
  count.failed += 1;
  process.stderr.write(`${error instanceof InstallError ? error.message : error.stack}\n`);
}
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
process.exitCode = count.failed > 0 ? 1 : 0;

async function runChecks(node) {
  for (const { title, program, bin = program, args } of checks) {
    process.stdout.write(`\n${title}: ${bin} ${args.join(" ")}\n`);
    const passed = await run(node, [programOf(program, bin), ...args], checkMsMax);
    count[passed ? "passed" : "failed"] += 1;
  }
}

/** A missing browser is one failure; the other tests still have their say. */
function findBrowser() {
  try {
    return ensureChromium();
  } catch (error) {
    count.failed += 1;
    process.stderr.write(`${error.message}\n`);
    return "";
  }
}

async function runTests(node, chromium) {
  const folder = mkdtempSync(path.join(tmpdir(), "wasl-report-"));
  const report = path.join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const config = chaos ? ["--config", "vitest.chaos.config.ts"] : [];
  const args = [programOf("vitest", "vitest"), "run", ...config, ...reporters, ...narrowed];
  try {
    const msMax = chaos ? chaosMsMax : testsMsMax;
    const passed = await run(node, args, msMax, { WASL_CHROMIUM: chromium });
    countTests(JSON.parse(readFileSync(report, "utf8")), passed);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countTests(report, runPassed) {
  // A file that cannot even be loaded has no tests to fail.
  const broken = report.testResults.filter(
    (file) =>
      file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
  ).length;
  const failed = report.numFailedTests + broken;
  count.passed += report.numPassedTests;
  count.skipped += report.numPendingTests + report.numTodoTests;
  count.failed += failed;
  if (report.numPassedTests === 0 && failed === 0) {
    count.failed += 1;
    process.stderr.write("No test was run.\n");
  } else if (!runPassed && failed === 0) {
    count.failed += 1;
    process.stderr.write("Every test passed, but the run as a whole failed: see above.\n");
  }
}

/** A program of node_modules, by its package and its name in there. */
function programOf(packageName, bin) {
  const folder = path.join(root, "node_modules", packageName);
  const { bin: bins } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  return path.join(folder, typeof bins === "string" ? bins : bins[bin]);
}

function run(node, args, msMax, environment = {}) {
  return new Promise((resolve) => {
    const child = spawn(node, args, {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      timeout: msMax,
      env: { ...process.env, ...environment, PATH: withNode(node) },
    });
    const stop = (signal) => {
      child.kill(signal);
      child.once("exit", () => process.exit(1));
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    child.once("error", () => resolve(false));
    child.once("exit", (code) => {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
      resolve(code === 0);
    });
  });
}

/** What the tests start in turn gets the same Node and the programs of node_modules. */
function withNode(node) {
  const folders = [path.dirname(node), path.join(root, "node_modules/.bin"), process.env["PATH"]];
  return folders.join(path.delimiter);
}
