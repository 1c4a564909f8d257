import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts"],
    setupFiles: "packages/gateway/test/support/response-check-setup.ts",
    globalSetup: "packages/gateway/test/support/global-setup.ts",
    passWithNoTests: false,
    testTimeout: 30_000,
  },
});
