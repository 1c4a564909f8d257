import { deliveryAt } from "../load.ts";
import { Poster } from "../post.ts";
import type { Contender } from "./contender.ts";

/** As many as a Wasl node uses: 8 for one lane, and never more than 1 024 in all. */
const connectionsPerLane = 8;
const connectionsMax = 1024;

/** undici in a loop, without any storage: what the others would reach if remembering cost nothing. */
export const bare: Contender = {
  store: "none",
  fill: () => Promise.resolve(),
  async prepare(_url, load) {
    const connections = Math.min(load.lanes * connectionsPerLane, connectionsMax);
    const poster = new Poster(Math.ceil(connections / load.origins.length));
    let next = 0;
    const loop = async (): Promise<void> => {
      while (next < load.count) {
        const index = next;
        next += 1;
        await poster.post(deliveryAt(load, index));
      }
    };
    return {
      async run() {
        await Promise.all(Array.from({ length: connections }, loop));
      },
      stop: () => poster.close(),
    };
  },
};
