import type { Completion, HeldDelivery } from "./delivery.ts";

/** Who wants to know what the dispatcher does: metrics. Called on the hot path, so it must be quick. */
export interface DeliveryWatch {
  /** An attempt has ended, before it is recorded. */
  attempted(completion: Completion): void;
  /** Attempts were recorded; `exhausted` says that nothing more will be tried. */
  recorded(completion: Completion): void;
  /** An attempt could not be recorded, since its lease was gone. */
  fenced(held: HeldDelivery): void;
  /** Leases of dead nodes were ended. */
  reclaimed(count: number): void;
  /** Deliveries were given up without an attempt: their lane rests for too long. */
  gaveUp(count: number): void;
  /** Lanes were found asleep past their first row. */
  healed(count: number): void;
  breakerMoved(to: "open" | "half_open" | "closed"): void;
  /** Given back without an attempt. */
  released(reason: ReleaseReason): void;
}

/** `full`: no room in memory. `resting`: the lane's breaker is not closed. */
export type ReleaseReason = "full" | "resting" | "stopping" | "cut" | "own_fault";

const nothing = (): void => undefined;

export const noWatch: DeliveryWatch = {
  attempted: nothing,
  recorded: nothing,
  fenced: nothing,
  reclaimed: nothing,
  gaveUp: nothing,
  healed: nothing,
  breakerMoved: nothing,
  released: nothing,
};
