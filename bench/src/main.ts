import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Bench, type Findings, type Reach, withContext } from "./harness.ts";
import { describeMachine, type Machine } from "./machine.ts";
import { watchOthers } from "./cpu.ts";
import { rounded, table } from "./stats.ts";

/** Loaded one at a time: a bench must not depend on what another one loads. */
const benches: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  drain: () => import("./benches/drain.ts"),
  lifecycle: () => import("./benches/lifecycle.ts"),
  dispatch: () => import("./benches/dispatch.ts"),
  isolation: () => import("./benches/isolation.ts"),
  growth: () => import("./benches/growth.ts"),
  memory: () => import("./benches/memory.ts"),
};

interface Report extends Omit<Findings, "text"> {
  readonly bench: string;
  readonly machine: Machine;
  /** The share of all CPUs that other programs took meanwhile: above a tenth, measure again. */
  readonly disturbance: number;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { short: { type: "boolean", default: false }, profile: { type: "string" } },
  });
  const [name = ""] = positionals;
  const load = benches[name];
  if (load === undefined || positionals.length > 1) {
    const names = Object.keys(benches).join(" | ");
    process.stderr.write(`npm run bench -- <${names}> [--short] [--profile <folder>]\n`);
    process.exitCode = 2;
    return;
  }
  const { short, profile } = values;
  const profileFolder = profile === undefined ? undefined : resolve(profile);
  const { bench } = await load();
  process.stderr.write(`${name}: ${bench.about}\n`);
  const { text, report } = await withContext({ short, profileFolder }, async (context) => {
    const machine = await describeMachine(context.postgres.version);
    const othersShare = await watchOthers(machine.cores);
    const { text: figuresText, ...findings } = await bench.run(context);
    const disturbance = rounded(await othersShare());
    return { text: figuresText, report: { bench: name, machine, disturbance, ...findings } };
  });
  process.stderr.write(`\n${text}\n${reachTable(report.reach)}\n`);
  process.stderr.write(`  Other programs took ${report.disturbance} of the machine.\n`);
  if (!short) await store(report);
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

function reachTable(reach: readonly Reach[]): string {
  const rows = reach.map(({ name, want, got, met }) => [name, want, got, met ? "yes" : "NO"]);
  return table(["to reach", "want", "got", "met"], rows);
}

/** A full run is kept beside the benches, to be compared with the next. */
async function store(report: Report): Promise<void> {
  const folder = join(import.meta.dirname, "../results");
  // To the minute: a second run of a day keeps the first.
  const time = new Date().toISOString().slice(0, 16).replace(":", "");
  await mkdir(folder, { recursive: true });
  const text = `${JSON.stringify(report, undefined, 2)}\n`;
  await writeFile(join(folder, `${time}-${report.bench}.json`), text);
}

/** Told to stop, the processes and folders of the run are cleared away all the same. */
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => process.exit(1));
}

await main();
