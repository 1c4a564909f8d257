import { readdir, readFile } from "node:fs/promises";

/** Linux tells times in hundredths of a second, whatever its own clock does. */
const msPerTick = 10;

interface Process {
  readonly parent: number;
  /** Its own and that of the children it has seen ending. */
  readonly ms: number;
}

/**
 * How long a process and all below it have used a CPU so far, in ms. Unlike a rate, it says the same
 * on a machine that others use too. NaN where there is no /proc.
 */
export async function cpuMsOf(pid: number): Promise<number> {
  const processes = await readProcesses();
  if (!processes.has(pid)) return Number.NaN;
  const isBelow = (id: number): boolean => {
    for (let at = id; at > 1; at = processes.get(at)?.parent ?? 0) if (at === pid) return true;
    return false;
  };
  return [...processes].reduce((sum, [id, { ms }]) => (isBelow(id) ? sum + ms : sum), 0);
}

async function readProcesses(): Promise<ReadonlyMap<number, Process>> {
  const names = await readdir("/proc").catch(() => []);
  const ids = names.filter((name) => /^\d+$/.test(name)).map((name) => Number.parseInt(name, 10));
  const entries = await Promise.all(
    ids.map(async (id) => {
      const stat = await readFile(`/proc/${id}/stat`, "utf8").catch(() => "");
      // The program's name comes before and may contain anything.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const number = (index: number) => Number.parseInt(fields[index] ?? "0", 10);
      const ticks = number(11) + number(12) + number(13) + number(14);
      return [id, { parent: number(1), ms: ticks * msPerTick }] as const;
    }),
  );
  return new Map(entries);
}

/** How long all CPUs together have been busy since the machine started, in ms. */
async function busyMs(): Promise<number> {
  const stat = await readFile("/proc/stat", "utf8").catch(() => "");
  const [, user, nice, system, , , irq, softIrq, steal] = (stat.split("\n")[0] ?? "")
    .split(/\s+/)
    .map((text) => Number.parseInt(text, 10));
  const ticks = [user, nice, system, irq, softIrq, steal].reduce<number>(
    (sum, value) => sum + (value ?? Number.NaN),
    0,
  );
  return ticks * msPerTick;
}

/**
 * Watches how much of the machine other programs take.
 *
 * @returns a function that says which share of all CPUs they had since
 */
export async function watchOthers(cores: number): Promise<() => Promise<number>> {
  const startMs = performance.now();
  const before = (await busyMs()) - (await cpuMsOf(process.pid));
  return async () => {
    const after = (await busyMs()) - (await cpuMsOf(process.pid));
    return Math.max(0, (after - before) / ((performance.now() - startMs) * cores));
  };
}
