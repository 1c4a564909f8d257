import { defineConfig } from "vitest/config";

const failures = "packages/gateway/test/failures/**/*.test.ts";

/** What every run of tests here has. */
export const shared = {
  setupFiles: "packages/gateway/test/support/response-check-setup.ts",
  globalSetup: "packages/gateway/test/support/global-setup.ts",
  testTimeout: 30_000,
};

/** Two files at a time; then what breaks things on purpose, one after the other. */
export default defineConfig({
  test: {
    passWithNoTests: false,
    projects: [
      {
        test: {
          ...shared,
          name: "flows",
          include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts"],
          exclude: [failures],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: "failures",
          include: [failures],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
