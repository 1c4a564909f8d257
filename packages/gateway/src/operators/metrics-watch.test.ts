import { Registry } from "prom-client";
import { beforeEach, describe, expect, it } from "vitest";
import type { Completion } from "../deliveries/delivery.ts";
import type { DeliveryWatch } from "../deliveries/watch.ts";
import { prepareTo } from "../../test/support/dispatching.ts";
import { readSamples, valueOf } from "../../test/support/prometheus.ts";
import { watchDeliveries } from "./metrics-watch.ts";

let registry: Registry;
let watch: DeliveryWatch;

beforeEach(() => {
  registry = new Registry();
  watch = watchDeliveries(registry);
});

const read = async (name: string, labels: Record<string, string> = {}) =>
  valueOf(readSamples(await registry.metrics()), name, labels);

const held = prepareTo("http://127.0.0.1:9", { nodeId: "node" });

const completion = (changes: Partial<Completion> = {}): Completion => ({
  held: { ...held, committedMs: 100 },
  report: {
    timings: { dnsMs: 1, connectMs: 2, tlsMs: 3, firstByteMs: 20, totalMs: 25 },
    httpStatus: 200,
    answerHeaders: {},
    answer: Buffer.alloc(0),
  },
  verdict: "ok",
  detail: "200",
  weight: "alive",
  next: { state: "delivered" },
  startedMs: 102,
  ...changes,
});

const timed = (timings: Completion["report"]["timings"]) => ({
  report: { ...completion().report, timings },
});

const toAttempt = "wasl_delivery_commit_to_attempt_seconds";
const toFirstByte = "wasl_delivery_commit_to_first_byte_seconds";

describe("from the commit", () => {
  it("to the attempt there is our own wait, to the first byte the new connection too", async () => {
    watch.attempted(completion());
    expect(await read(`${toAttempt}_sum`)).toBeCloseTo(0.002, 9);
    expect(await read(`${toFirstByte}_sum`)).toBeCloseTo(0.002 + 0.001 + 0.002 + 0.003, 9);
    expect(await read(`${toFirstByte}_bucket`, { le: "0.0075" })).toBe(0);
    expect(await read(`${toFirstByte}_bucket`, { le: "0.01" })).toBe(1);
    watch.attempted(completion(timed({ firstByteMs: 4, totalMs: 5 })));
    expect(await read(`${toFirstByte}_sum`)).toBeCloseTo(0.008 + 0.002, 9);
  });

  it("nothing is known of later attempts, and of deliveries another node committed", async () => {
    watch.attempted(completion({ held }));
    watch.attempted(completion({ held: { ...held, committedMs: 100, attemptCount: 1 } }));
    expect(await read(`${toAttempt}_count`)).toBe(0);
    expect(await read(`${toFirstByte}_count`)).toBe(0);
  });

  it("no first byte is claimed of an attempt without an answer", async () => {
    watch.attempted(completion(timed({ dnsMs: 1, totalMs: 5000 })));
    expect(await read(`${toAttempt}_count`)).toBe(1);
    expect(await read(`${toFirstByte}_count`)).toBe(0);
  });
});

describe("attempts", () => {
  it.each([
    ["delivered", { verdict: "ok_not_200" }],
    ["refused", { verdict: "not_found", next: { state: "pending", delayMs: 1 } }],
    ["failed", { verdict: "dns", weight: "failure", next: { state: "exhausted" } }],
    ["ours", { verdict: "policy_private_address", weight: "nothing" }],
  ] as const)("are counted as %s", async (ended, changes) => {
    watch.attempted(completion(changes));
    const { verdict } = changes;
    expect(await read("wasl_delivery_attempts_total", { verdict, class: ended })).toBe(1);
  });

  it("have their phases timed in seconds, as far as they came", async () => {
    watch.attempted(completion());
    watch.attempted(completion(timed({ firstByteMs: 4, totalMs: 5 })));
    watch.attempted(completion(timed({ dnsMs: 7, totalMs: 8 })));
    const name = "wasl_delivery_attempt_phase_seconds";
    const phases = ["dns", "connect", "tls", "first_byte", "total"];
    const counts = await Promise.all(phases.map((phase) => read(`${name}_count`, { phase })));
    expect(counts).toEqual([2, 1, 1, 2, 3]);
    expect(await read(`${name}_sum`, { phase: "total" })).toBeCloseTo(0.038, 9);
  });

  it("settle deliveries, or leave them open", async () => {
    const name = "wasl_deliveries_settled_total";
    expect(await read(name, { state: "exhausted" })).toBe(0);
    watch.recorded(completion());
    watch.recorded(completion({ next: { state: "exhausted" } }));
    watch.recorded(completion({ next: { state: "pending", delayMs: 1 } }));
    expect(await read(name, { state: "delivered" })).toBe(1);
    expect(await read(name, { state: "exhausted" })).toBe(1);
  });
});

it("everything else is counted, from 0", async () => {
  const names = {
    reclaimed: "wasl_delivery_leases_reclaimed_total",
    released: "wasl_delivery_leases_released_total",
    fenced: "wasl_delivery_attempts_fenced_total",
    healed: "wasl_lanes_healed_total",
    moved: "wasl_lane_breaker_transitions_total",
  };
  const all = () =>
    Promise.all([
      read(names.reclaimed),
      read(names.released, { reason: "full" }),
      read(names.released, { reason: "own_fault" }),
      read(names.fenced),
      read(names.healed),
      read(names.moved, { to: "open" }),
      read(names.moved, { to: "half_open" }),
    ]);
  expect(await all()).toEqual([0, 0, 0, 0, 0, 0, 0]);
  watch.reclaimed(3);
  watch.released("full");
  watch.released("own_fault");
  watch.fenced(held);
  watch.healed(2);
  watch.breakerMoved("open");
  watch.breakerMoved("half_open");
  expect(await all()).toEqual([3, 1, 1, 1, 2, 1, 1]);
});
