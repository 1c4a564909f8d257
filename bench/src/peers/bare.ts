import { deliveryAt } from "../load.ts";
import { connectionsFor, Poster } from "../post.ts";
import type { Contender } from "./contender.ts";

/** undici in a loop, without any storage: what the others would reach if remembering cost nothing. */
export const bare: Contender = {
  store: "none",
  fill: () => Promise.resolve(),
  async prepare(_url, load) {
    const poster = new Poster(load);
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
        await Promise.all(Array.from({ length: connectionsFor(load) }, loop));
      },
      stop: () => poster.close(),
    };
  },
};
