import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test("an error is logged without the objects it carries", () => {
  const log = join(import.meta.dirname, "log.ts");
  const program = `
    import { createLog } from ${JSON.stringify(log)};
    const carried = { card: "4111111111111111", key: "SECRET-KEY" };
    const err = Object.assign(new Error("refused"), { code: "23505", detail: "SECRET-ROW", carried });
    createLog("info").error({ err }, "it failed");`;
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  expect(JSON.parse(stderr)).toMatchObject({
    msg: "it failed",
    err: { name: "Error", code: "23505", message: "refused" },
  });
  expect(stderr).not.toMatch(/4111|SECRET/);
});
