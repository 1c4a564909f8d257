import { expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { prepareTo, until } from "../support/dispatching.ts";
import { startTestGateway } from "../support/gateway.ts";
import { toBacklog } from "../support/lanes.ts";
import { answer, startReceiver } from "../support/receiver.ts";

test("what was written under looser rules goes to no private address once they are strict", async () => {
  const shop = await startReceiver({ behaviour: answer(200) });
  const database = await createTestDatabase();
  try {
    const loose = await startTestGateway({ database, config: { role: "api" } });
    await toBacklog(database.pool, [prepareTo(shop.url, {}, { allowPrivate: true })]);
    await loose.stop();
    const strict = await startTestGateway({ database, config: { strict: "true" } });
    try {
      const verdicts = async () =>
        (await database.pool.query("select verdict from delivery_attempt")).rows;
      await until(async () => (await verdicts()).length > 0);
      expect(await verdicts()).toEqual([{ verdict: "policy_private_address" }]);
      expect(shop.requests).toEqual([]);
    } finally {
      await strict.stop();
    }
  } finally {
    await shop.close();
    await database.drop();
  }
});
