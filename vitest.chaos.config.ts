import { defineConfig } from "vitest/config";
import { shared } from "./vitest.config.ts";

/** The tests that kill, cut and starve in their long form, one file after the other. */
export default defineConfig({
  test: {
    ...shared,
    include: ["packages/gateway/test/failures/{deliveries-*,kill}.test.ts"],
    provide: { chaos: true },
    fileParallelism: false,
  },
});
