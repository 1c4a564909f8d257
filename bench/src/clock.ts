/**
 * Milliseconds on the clock that all processes of this machine share; it does not jump when the time
 * is set. Read anew each time: an offset to `performance.now()`, taken once, would be off for good by
 * however long the process was kept waiting between its two readings.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
