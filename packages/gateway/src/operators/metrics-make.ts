import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { MetricEntry } from "./metrics-catalogue.ts";

/** The values of an entry's label. */
type ValueOf<
  Entry extends MetricEntry,
  Label extends keyof Entry["labels"],
> = Entry["labels"][Label] extends readonly (infer Value extends string)[] ? Value : never;

export function makeCounter(registry: Registry, entry: MetricEntry): Counter {
  return new Counter(configuration(registry, entry));
}

/** @param collect sets the gauge when it is about to be read */
export function makeGauge(
  registry: Registry,
  entry: MetricEntry,
  collect?: (gauge: Gauge) => void,
): Gauge {
  const gauge: Gauge = new Gauge({
    ...configuration(registry, entry),
    ...(collect && { collect: () => collect(gauge) }),
  });
  return gauge;
}

export function makeHistogram(registry: Registry, entry: MetricEntry): Histogram {
  return new Histogram({
    ...configuration(registry, entry),
    buckets: [...(entry.buckets ?? [])],
  });
}

function configuration(registry: Registry, { name, help, labels }: MetricEntry) {
  return { name, help, labelNames: Object.keys(labels), registers: [registry] };
}

/**
 * Something for each value of a label, made once, so that the hot path looks nothing up by text.
 *
 * @example
 * const released = byValue(entry, "reason", (reason) => counter.labels(reason));
 * released.full.inc();
 */
export function byValue<
  Entry extends MetricEntry,
  Label extends keyof Entry["labels"] & string,
  Made,
>(
  entry: Entry,
  label: Label,
  make: (value: ValueOf<Entry, Label>) => Made,
): Readonly<Record<ValueOf<Entry, Label>, Made>> {
  const values = (entry.labels[label] ?? []) as readonly ValueOf<Entry, Label>[];
  const made = values.map((value) => [value, make(value)] as const);
  return Object.fromEntries(made) as Record<ValueOf<Entry, Label>, Made>;
}

/** A counter's children by the one label it has, each at 0 from the start so that rates are whole. */
export function countersBy<Entry extends MetricEntry, Label extends keyof Entry["labels"] & string>(
  registry: Registry,
  entry: Entry,
  label: Label,
): Readonly<Record<ValueOf<Entry, Label>, Counter.Internal>> {
  const counter = makeCounter(registry, entry);
  return byValue(entry, label, (value) => {
    const child = counter.labels(value);
    child.inc(0);
    return child;
  });
}
