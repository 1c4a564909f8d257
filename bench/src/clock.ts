/**
 * Milliseconds on the clock that all processes of this machine share. `performance.now()` reads it
 * too, but from the start of the process; the system's does not jump when the time is set.
 */
export function monotonicMs(): number {
  return offsetMs + performance.now();
}

const offsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();
