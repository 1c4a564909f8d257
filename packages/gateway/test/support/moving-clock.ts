import type { Clock } from "../../src/clock.ts";
import { profileAgeMsMax } from "../../src/profiles/directory.ts";

/** The time of day, moved ahead when a test will not wait. */
export class MovingClock implements Clock {
  #aheadMs = 0;

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  /** Far enough that a gateway reads its profiles anew. */
  forgetProfiles(): void {
    this.#aheadMs += profileAgeMsMax;
  }
}
