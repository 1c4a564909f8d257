import { defineConfig } from "vitest/config";
import standard from "./vitest.config.ts";

/** The failure tests of the delivery engine in their long form, one file after the other. */
export default defineConfig({
  test: {
    ...standard.test,
    include: ["packages/gateway/test/failures/deliveries-*.test.ts"],
    provide: { chaos: true },
    fileParallelism: false,
  },
});
