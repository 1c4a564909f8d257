import { extendTime } from "../transactions/progress-store.ts";
import type { PageServices } from "./services.ts";
import type { Visit } from "./visit.ts";

/** WCAG 2.2, criterion 2.2.1: at least ten times. */
export const extensionsMax = 10;

/** The most that one extension gives, in minutes, counted from when it is asked for. */
const extensionMinutesMax = 20;

/** Gives the shopper more time; `false` when the page is over or was extended too often. */
export function extend({ pool }: Pick<PageServices, "pool">, visit: Visit): Promise<boolean> {
  const key = visit.transaction.facts;
  return extendTime(pool, key, {
    minutesMax: extensionMinutesMax,
    extensionsMax,
  });
}
