/** The value below which this share of the samples lies, by the nearest rank. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).toSorted();
  const rank = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.max(0, rank)] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** What is told of a set of latencies, in the unit they came in. */
export function spreadOf(samples: readonly number[]): Spread {
  const of = (share: number) => rounded(percentile(samples, share));
  return { count: samples.length, p50: of(0.5), p99: of(0.99), p999: of(0.999), max: of(1) };
}

/** Three significant digits: nothing here is known better than that. */
export function rounded(value: number): number {
  return Number.isFinite(value) ? Number.parseFloat(value.toPrecision(3)) : value;
}

/**
 * Numbers in [0, 1) that are the same in every run, so that contenders meet the same arrivals
 * (mulberry32).
 */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Cell = string | number;

/** Rows under a heading, numbers to the right, for people to read. */
export function table(heading: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = [heading, ...rows.map((row) => row.map((cell) => cell.toLocaleString("en")))];
  const widths = heading.map((_, column) =>
    Math.max(...texts.map((row) => row[column]?.length ?? 0)),
  );
  const lines = texts.map((row, line) =>
    row.map((text, column) => {
      const right = line === 0 ? column > 0 : typeof rows[line - 1]?.[column] === "number";
      const width = widths[column] ?? 0;
      return right ? text.padStart(width) : text.padEnd(width);
    }),
  );
  return lines.map((line) => `  ${line.join("  ").trimEnd()}\n`).join("");
}
