import { type BenchPostgres, startPostgres } from "./postgres.ts";
import { type Child, startChild } from "./processes.ts";
import type { ReceiverMethods } from "./receiver.ts";
import { rounded } from "./stats.ts";

export interface Bench {
  readonly about: string;
  run(context: BenchContext): Promise<Findings>;
}

/** What a bench works with; all of it is ended after the bench, whatever becomes of it. */
export interface BenchContext {
  /** Small counts: shows that the bench works, and says nothing about speed. */
  readonly short: boolean;
  /** Where Wasl's processes leave CPU profiles, if anywhere. */
  readonly profileFolder: string | undefined;
  readonly postgres: BenchPostgres;
  /** A process of this folder that ends with the bench, unless it is ended before. */
  readonly start: <Methods>(
    file: string,
    options?: { readonly profiled?: boolean },
  ) => Child<Methods>;
  readonly startReceiver: () => Child<ReceiverMethods>;
  /** Something to be undone at the end; the latest first. */
  readonly atEnd: (undo: () => Promise<unknown>) => void;
  /** For whoever waits in front of the terminal. */
  readonly say: (text: string) => void;
}

export interface Findings {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly reach: readonly Reach[];
  /** The figures for people. */
  readonly text: string;
}

/** What was to be reached, and what was. */
export interface Reach {
  readonly name: string;
  readonly want: string;
  readonly got: number;
  readonly met: boolean;
}

export function atLeast(name: string, got: number, bound: number): Reach {
  return { name, want: `≥ ${bound}`, got: rounded(got), met: got >= bound };
}

export function atMost(name: string, got: number, bound: number): Reach {
  return { name, want: `≤ ${bound}`, got: rounded(got), met: got <= bound };
}

/** Runs a bench with what it needs, and leaves nothing behind. */
export async function withContext<Result>(
  options: Pick<BenchContext, "short" | "profileFolder">,
  run: (context: BenchContext) => Promise<Result>,
): Promise<Result> {
  const undos: (() => Promise<unknown>)[] = [];
  const atEnd = (undo: () => Promise<unknown>): void => {
    undos.push(undo);
  };
  const start: BenchContext["start"] = (file, { profiled = false } = {}) => {
    const profileFolder = profiled ? options.profileFolder : undefined;
    const child = startChild<never>(file, { profileFolder });
    atEnd(() => child.end());
    return child;
  };
  try {
    const postgres = await startPostgres();
    atEnd(() => postgres.stop());
    return await run({
      ...options,
      postgres,
      start,
      startReceiver: () => start<ReceiverMethods>("receiver.ts"),
      atEnd,
      say: (text) => process.stderr.write(`${text}\n`),
    });
  } finally {
    for (const undo of undos.toReversed()) await undo();
  }
}
