/** What a trace names: an API reply, an acquirer's reference, an IPN or Callback. protocol.md 3.4 */
export type TraceKind = "PMNT" | "TRAN" | "IPNS";

/**
 * A trace: kind and 4-digit cluster, Unix seconds and a counter, both as 8 upper-case hex digits.
 *
 * @param seconds Unix time of the event
 * @param counter any unsigned 32-bit number that tells apart the events of one second
 * @example formatTrace("PMNT", 0x69cd0a1d, 0xc001) // "PMNT0101.69CD0A1D.0000C001"
 */
export function formatTrace(kind: TraceKind, seconds: number, counter: number): string {
  return `${kind}0101.${hex8(seconds)}.${hex8(counter)}`;
}

function hex8(value: number): string {
  return (value >>> 0).toString(16).toUpperCase().padStart(8, "0");
}
