import { afterAll, afterEach } from "vitest";
import { takeFaults, takeLastFaults } from "./response-check.ts";

const complain = (faults: readonly string[]): void => {
  if (faults.length > 0) throw new Error(`Responses that are not genuine: ${faults.join("; ")}`);
};

afterEach(async () => complain(await takeFaults()));
afterAll(async () => complain(await takeLastFaults()));
