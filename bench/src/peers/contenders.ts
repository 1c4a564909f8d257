import type { Contender } from "./contender.ts";

/** Loaded only where they run: no contender's process pays for another's modules. */
export const contenders = {
  bare: async (): Promise<Contender> => (await import("./bare.ts")).bare,
  bullmq: async (): Promise<Contender> => (await import("./bullmq.ts")).bullmq,
  "graphile-worker": async (): Promise<Contender> => (await import("./graphile.ts")).graphile,
  "pg-boss": async (): Promise<Contender> => (await import("./pg-boss.ts")).pgBoss,
  wasl: async (): Promise<Contender> => (await import("./wasl.ts")).wasl,
} as const;

export type ContenderName = keyof typeof contenders;
