import type { Registry } from "prom-client";
import type { Completion } from "../deliveries/delivery.ts";
import type { DeliveryWatch } from "../deliveries/watch.ts";
import { type attemptClasses, metricCatalogue } from "./metrics-catalogue.ts";
import { byValue, countersBy, makeCounter, makeHistogram } from "./metrics-make.ts";

type AttemptClass = (typeof attemptClasses)[number];

const msPerSecond = 1000;

/** Counts and times what a dispatcher does. Everything with a label is resolved here, once. */
export function watchDeliveries(registry: Registry): DeliveryWatch {
  const { attempts: attemptsEntry } = metricCatalogue;
  const attempts = makeCounter(registry, attemptsEntry);
  const attemptOf = byValue(attemptsEntry, "verdict", (verdict) =>
    byValue(attemptsEntry, "class", (ended) => attempts.labels(verdict, ended)),
  );
  const timed = watchTimings(registry);
  const settled = countersBy(registry, metricCatalogue.settled, "state");
  const reclaimed = makeCounter(registry, metricCatalogue.reclaimed);
  const released = countersBy(registry, metricCatalogue.released, "reason");
  const fenced = makeCounter(registry, metricCatalogue.fenced);
  const healed = makeCounter(registry, metricCatalogue.healed);
  const moved = countersBy(registry, metricCatalogue.breakerMoved, "to");
  return {
    attempted(completion) {
      attemptOf[completion.verdict][classOf(completion)].inc();
      timed(completion);
    },
    recorded({ next }) {
      if (next.state !== "pending") settled[next.state].inc();
    },
    fenced: () => fenced.inc(),
    gaveUp: (count) => settled.exhausted.inc(count),
    reclaimed: (count) => reclaimed.inc(count),
    healed: (count) => healed.inc(count),
    breakerMoved: (to) => moved[to].inc(),
    released: (reason) => released[reason].inc(),
  };
}

/** The phases of an attempt, and how long after the commit its first byte went out. */
function watchTimings(registry: Registry): (completion: Completion) => void {
  const commitToFirstByte = makeHistogram(registry, metricCatalogue.commitToFirstByte);
  const commitToAttempt = makeHistogram(registry, metricCatalogue.commitToAttempt);
  const { attemptPhase } = metricCatalogue;
  const phases = makeHistogram(registry, attemptPhase);
  const phase = byValue(attemptPhase, "phase", (name) => phases.labels(name));
  return (completion) => {
    const { dnsMs, connectMs, tlsMs, firstByteMs, totalMs } = completion.report.timings;
    if (dnsMs !== undefined) phase.dns.observe(dnsMs / msPerSecond);
    if (connectMs !== undefined) phase.connect.observe(connectMs / msPerSecond);
    if (tlsMs !== undefined) phase.tls.observe(tlsMs / msPerSecond);
    if (firstByteMs !== undefined) phase.first_byte.observe(firstByteMs / msPerSecond);
    phase.total.observe(totalMs / msPerSecond);
    const startMs = startMsOf(completion);
    if (startMs === undefined) return;
    commitToAttempt.observe(startMs / msPerSecond);
    // Without an answer, nobody can tell whether a byte went out.
    if (firstByteMs === undefined) return;
    commitToFirstByte.observe(
      (startMs + (dnsMs ?? 0) + (connectMs ?? 0) + (tlsMs ?? 0)) / msPerSecond,
    );
  };
}

/** Milliseconds from the commit to a first attempt; known to the process that committed. */
function startMsOf({ held, startedMs }: Completion): number | undefined {
  if (held.committedMs === undefined || held.attemptCount > 0) return undefined;
  return startedMs - held.committedMs;
}

function classOf({ weight, next }: Completion): AttemptClass {
  switch (weight) {
    case "alive":
      return next.state === "delivered" ? "delivered" : "refused";
    case "failure":
      return "failed";
    case "nothing":
      return "ours";
    default:
      return weight satisfies never;
  }
}
