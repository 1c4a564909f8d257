import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const failures = "packages/gateway/test/failures";

/**
 * What breaks things on purpose and watches when the rest goes on. It mostly waits, and a busy
 * processor could change what it sees: at most one more of its kind runs beside it.
 */
const apart = [
  `${failures}/deliveries-{breaker,clock,dead-lanes,dispatcher,fairness,fencing,hostile,kill}.test.ts`,
  `${failures}/deliveries-{ledger,model,outage,own-faults,room,wake}.test.ts`,
  `${failures}/{kill,redelivery-crash}.test.ts`,
];

/** What every run of tests here has. */
export const shared = {
  setupFiles: "packages/gateway/test/support/response-check-setup.ts",
  globalSetup: "packages/gateway/test/support/global-setup.ts",
  testTimeout: 30_000,
  // A process that a test waits for may take seconds to start on a busy machine.
  expect: { poll: { timeout: 10_000 } },
};

/** Long to run though short to read: begun last, they would run on when all others are over. */
const longest = /\/(?:kill|provider-methods\.browser)\.test\.ts$/;

function rank({ moduleId, project }: TestSpecification): number {
  return project.config.sequence.groupOrder * 2 + (longest.test(moduleId) ? 0 : 1);
}

/** Without results of an earlier run Vitest takes the largest file for the longest. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- not an array's
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

/** Three files at a time, since many only wait; then those that must be apart. */
export default defineConfig({
  test: {
    passWithNoTests: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...shared,
          name: "beside",
          include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts"],
          exclude: apart,
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: "apart",
          include: apart,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
