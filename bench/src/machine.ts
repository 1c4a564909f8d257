import { readFile } from "node:fs/promises";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory: string;
  readonly node: string;
  readonly postgres: string;
  readonly os: string;
}

/** What the figures were measured on; without it they say nothing. */
export async function describeMachine(postgres: string): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.versions.node,
    postgres,
    os: await systemName(),
  };
}

async function systemName(): Promise<string> {
  const facts = await readFile("/etc/os-release", "utf8").catch(() => "");
  const name = /^PRETTY_NAME="(.*)"$/m.exec(facts)?.[1];
  return `${name ?? type()}, kernel ${release()}`;
}

export interface Memory {
  /** Resident now, and at most so far; MiB. */
  readonly rss: number;
  readonly peak: number;
}

/** How much memory a process holds, by Linux's account. */
export async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kib = (name: string) =>
    Number.parseInt(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? "", 10);
  return { rss: Math.round(kib("VmRSS") / 1024), peak: Math.round(kib("VmHWM") / 1024) };
}
