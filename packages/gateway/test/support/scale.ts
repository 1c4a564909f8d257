import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Set by `vitest.chaos.config.ts`: the failure tests of the delivery engine in long form. */
    readonly chaos?: boolean;
  }
}

/** A number of rounds or milliseconds: one for every run of the tests, one for the chaos run. */
export function scaled(short: number, long: number): number {
  return inject("chaos") === true ? long : short;
}
