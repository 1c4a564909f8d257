import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { readSamples, valueOf } from "../../test/support/prometheus.ts";
import { BacklogGauges, type FleetReading } from "./metrics-backlog.ts";

const reading: FleetReading = {
  leased: 1,
  due: 2,
  waiting: 3,
  resting: 4,
  exhausted: 5,
  oldestDueSWorking: 6.5,
  oldestDueSResting: 7.5,
  backloggedLanes: 8,
  openLanes: 9,
  halfOpenLanes: 10,
  mails: { pending: 11, givenUp: 12, oldestDueS: 13.5 },
};

function gaugesOf(read: () => Promise<FleetReading>, waitMsMax = 5000) {
  const registry = new Registry();
  const gauges = new BacklogGauges(registry, read, waitMsMax);
  const scrape = async () => {
    await gauges.refresh();
    return readSamples(await registry.metrics());
  };
  return { gauges, scrape };
}

describe("the backlog's gauges", () => {
  it("show a reading", async () => {
    const samples = await gaugesOf(() => Promise.resolve(reading)).scrape();
    const states = ["leased", "due", "waiting", "resting"];
    const open = states.map((state) => valueOf(samples, "wasl_deliveries_open", { state }));
    expect(open).toEqual([1, 2, 3, 4]);
    expect(valueOf(samples, "wasl_deliveries_exhausted")).toBe(5);
    const oldest = "wasl_delivery_oldest_due_age_seconds";
    expect(valueOf(samples, oldest, { lanes: "working" })).toBe(6.5);
    expect(valueOf(samples, oldest, { lanes: "resting" })).toBe(7.5);
    expect(valueOf(samples, "wasl_lanes_backlogged")).toBe(8);
    expect(valueOf(samples, "wasl_lanes_resting", { breaker: "open" })).toBe(9);
    expect(valueOf(samples, "wasl_lanes_resting", { breaker: "half_open" })).toBe(10);
    expect(valueOf(samples, "wasl_mails_pending")).toBe(11);
    expect(valueOf(samples, "wasl_mails_given_up")).toBe(12);
    expect(valueOf(samples, "wasl_mail_oldest_due_age_seconds")).toBe(13.5);
    expect(valueOf(samples, "wasl_database_up")).toBe(1);
  });

  it("ask the database once for many scrapes, at the same time and soon after", async () => {
    let asked = 0;
    const { scrape } = gaugesOf(() => {
      asked += 1;
      return Promise.resolve(reading);
    });
    await Promise.all([scrape(), scrape(), scrape()]);
    await scrape();
    expect(asked).toBe(1);
  });

  it("are absent, but for wasl_database_up 0, when the database fails", async () => {
    const { scrape } = gaugesOf(() => Promise.reject(new Error("down")));
    expect(await scrape()).toEqual([{ name: "wasl_database_up", labels: {}, value: 0 }]);
  });

  it("are absent when the database is slow, which is not asked again meanwhile", async () => {
    let asked = 0;
    const late = Promise.withResolvers<FleetReading>();
    const { scrape } = gaugesOf(() => {
      asked += 1;
      return late.promise;
    }, 10);
    for (let scrapes = 0; scrapes < 3; scrapes += 1) {
      expect(await scrape()).toEqual([{ name: "wasl_database_up", labels: {}, value: 0 }]);
    }
    expect(asked).toBe(1);
    late.resolve(reading);
    const samples = await scrape();
    expect(valueOf(samples, "wasl_database_up")).toBe(1);
    expect(valueOf(samples, "wasl_deliveries_exhausted")).toBe(5);
    expect(asked).toBe(1);
  });
});
