import { setTimeout as wait } from "node:timers/promises";
import type { Load } from "./load.ts";
import type { Drain } from "./peers/contender.ts";
import { contenders, type ContenderName } from "./peers/contenders.ts";
import { serveParent } from "./processes.ts";

/** Whoever needs longer is stuck. */
const runMsMax = 15 * 60_000;

/** The one process in which a contender drains. */
const methods = {
  async prepare({ name, url, load }: { name: ContenderName; url: string; load: Load }) {
    drain = await (await contenders[name]()).prepare(url, load);
  },
  /** @returns how long it took, in ms */
  async run(): Promise<number> {
    const startedMs = performance.now();
    const stuck = wait(runMsMax, undefined, { ref: false }).then(() => {
      throw new Error(`not everything was delivered within ${runMsMax} ms`);
    });
    await Promise.race([drain?.run(), stuck]);
    return performance.now() - startedMs;
  },
};

export type WorkerMethods = typeof methods;

let drain: Drain | undefined;

serveParent(methods, async () => {
  await drain?.stop();
});
