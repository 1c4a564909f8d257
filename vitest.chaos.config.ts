import { defineConfig } from "vitest/config";
import { shared } from "./vitest.config.ts";

/** The failure tests of the delivery engine in their long form, one file after the other. */
export default defineConfig({
  test: {
    ...shared,
    include: ["packages/gateway/test/failures/deliveries-*.test.ts"],
    provide: { chaos: true },
    fileParallelism: false,
  },
});
