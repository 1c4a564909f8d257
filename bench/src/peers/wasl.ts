import { createDeliveryPool, createEngine, createSchema } from "../engine.ts";
import { fillPending } from "../engine-fill.ts";
import { type Contender, until } from "./contender.ts";

/** A Wasl worker as it comes: its own limits, breakers, leases, and a row for every attempt. */
export const wasl: Contender = {
  store: "postgres",
  async fill(url, load) {
    await createSchema(url);
    await fillPending(url, load);
  },
  prepare(url, load) {
    const pool = createDeliveryPool(url);
    const engine = createEngine(pool);
    return Promise.resolve({
      async run() {
        engine.start();
        await until(() => engine.counts().recorded >= load.count);
      },
      async stop() {
        await engine.stop();
        await pool.end();
      },
    });
  },
};
