import { setTimeout as wait } from "node:timers/promises";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { vaultKeys } from "../../src/operators/vault-keys.ts";
import { parseVaultKeys } from "../../src/config.ts";
import { type VaultCard, VaultError } from "../../src/vault/envelope.ts";
import { keepCardCte, keysInUse, sealedParameter } from "../../src/vault/vault-store.ts";
import { createVault, type Vault } from "../../src/vault/vault.ts";
import { uuidv7 } from "../../src/ids.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { goodRequest, newVaultKey, startTestGateway } from "../support/gateway.ts";

const profileId = 45001;
const [k1, k2, k3] = [newVaultKey("k1"), newVaultKey("k2"), newVaultKey("k3")];

let database: TestDatabase;
let lines: string[];
const vaults: Vault[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `insert into profile (profile_id, merchant_id, name, mode, currencies, server_key, client_key)
     values ($1, 1, 'Shop', 'test', '{SAR}', 'S', 'C')`,
    [profileId],
  );
  lines = [];
});

afterEach(async () => {
  await Promise.all(vaults.splice(0).map((vault) => vault.stop()));
  await database.drop();
});

const logTo = (to: string[]) =>
  pino({ level: "debug" }, { write: (line: string) => void to.push(line) });

/** A node with these keys, first one first. */
async function node(nodeId: string, ...settings: string[]): Promise<Vault> {
  const reading = parseVaultKeys(settings.join(","));
  const keys = reading.ok ? reading.keys : undefined;
  const vault = createVault({ pool: database.pool, log: logTo(lines), nodeId, keys });
  vaults.push(vault);
  await vault.turn();
  return vault;
}

const card = (number: number): VaultCard => ({
  number: `4111111111${number.toString().padStart(6, "0")}`,
  expiryMonth: 12,
  expiryYear: 2030,
  holder: `Holder ${number}`,
});

async function keep(vault: Vault, number: number): Promise<string> {
  const sealed = vault.seal({ profileId, cardId: uuidv7() }, card(number));
  await database.pool.query(
    `with p as (select profile_id from profile), ${keepCardCte("p", "$1")} select`,
    [sealedParameter(sealed)],
  );
  return sealed.cardId;
}

async function keepMany(vault: Vault, count: number): Promise<Map<string, number>> {
  const cards = new Map<string, number>();
  for (let number = 0; number < count; number += 1) cards.set(await keep(vault, number), number);
  return cards;
}

async function expectAllOpen(vault: Vault, cards: ReadonlyMap<string, number>): Promise<void> {
  for (const [cardId, number] of cards) {
    expect(await vault.open({ profileId, cardId })).toEqual(card(number));
  }
}

async function sealedCards() {
  const { rows } = await database.pool.query(
    "select card_id, sealed_card from vault_card order by card_id",
  );
  return rows;
}

const used = () => keysInUse(database.pool);
const said = (pattern: RegExp) => lines.filter((line) => pattern.test(line));

const reasonOf = (opening: Promise<unknown>) =>
  opening.then(
    () => "opened",
    (error: unknown) => (error instanceof VaultError ? error.reason : String(error)),
  );

describe("keys are changed without downtime", () => {
  test("a whole change: add, make first, wrap anew, take out", async () => {
    const first = await node("a", k1);
    const cards = await keepMany(first, 450);
    expect(await used()).toEqual(["k1"]);
    await first.stop();

    const second = await node("a", k2, k1);
    expect(await used()).toEqual(["k2"]);
    expect(said(/wrapped with a new key/)).toHaveLength(1);
    await expectAllOpen(second, cards);
    expect(said(/no longer used/)).toEqual([]);
    expect(await vaultKeys(database.pool)).toEqual({
      nodes: 1,
      keys: [
        { id: "k1", cards: 0, nodes_having: 1, nodes_sealing: 0, removable: true },
        { id: "k2", cards: 450, nodes_having: 1, nodes_sealing: 1, removable: false },
      ],
    });
    await second.turn();
    await second.turn();
    expect(said(/"keyId":"k1".*no longer used/)).toHaveLength(1);
    await second.stop();

    await expectAllOpen(await node("a", k2), cards);
  });

  test("the cards themselves are not touched", async () => {
    const first = await node("a", k1);
    await keepMany(first, 3);
    const before = await sealedCards();
    await first.stop();
    await node("a", k2, k1);
    expect(await sealedCards()).toEqual(before);
    expect(await used()).toEqual(["k2"]);
  });

  test("while cards are kept, read and deleted", { timeout: 60_000 }, async () => {
    const first = await node("a", k1);
    const cards = await keepMany(first, 600);
    await first.stop();
    const over = new AbortController();
    const second = createVault({
      pool: database.pool,
      log: logTo(lines),
      nodeId: "b",
      keys: keysOf(k2, k1),
    });
    vaults.push(second);
    const third = await node("c", k1, k2);
    const opened: [number: number, card: VaultCard | undefined][] = [];
    let deleted = 0;
    let kept = 600;
    const work = async () => {
      for (const [cardId, number] of Array.from(cards)) {
        if (over.signal.aborted) return;
        if (number % 5 === 0) {
          await database.pool.query("delete from vault_card where card_id = $1", [cardId]);
          cards.delete(cardId);
          deleted += 1;
        } else {
          opened.push([number, await third.open({ profileId, cardId })]);
          cards.set(await keep(third, kept), kept);
          kept += 1;
        }
      }
    };
    const working = work();
    // The fleet changes over while the work goes on.
    await second.turn();
    await third.stop();
    for (let turns = 0; turns < 20; turns += 1) await second.turn();
    over.abort();
    await working;
    await second.turn();
    expect(opened).toEqual(opened.map(([number]) => [number, card(number)]));
    expect(deleted).toBeGreaterThan(0);
    expect(kept).toBeGreaterThan(600);
    expect(await used()).toEqual(["k2"]);
    await expectAllOpen(second, cards);
    const { rows } = await database.pool.query("select count(*)::int as n from vault_card");
    expect(rows[0].n).toBe(cards.size);
  });
});

function keysOf(...settings: string[]) {
  const reading = parseVaultKeys(settings.join(","));
  return reading.ok ? reading.keys : undefined;
}

describe("nodes with different keys", () => {
  test("a node seals with nothing that another could not open", async () => {
    const older = await node("old", k1);
    const newer = await node("new", k2, k1);
    const cards = await keepMany(newer, 3);
    expect(await used()).toEqual(["k1"]);
    await expectAllOpen(older, cards);
    expect(said(/does not have the first vault key yet/)).toHaveLength(1);
    await older.stop();
    await newer.turn();
    expect(await used()).toEqual(["k2"]);
    await expectAllOpen(newer, cards);
  });

  test("do not wrap to and fro between two orders of the same keys", async () => {
    const a = await node("a", k1, k2);
    const b = await node("b", k2, k1);
    const cards = new Map([[await keep(a, 1), 1]]);
    cards.set(await keep(b, 2), 2);
    for (let turns = 0; turns < 3; turns += 1) {
      await a.turn();
      await b.turn();
    }
    expect(await used()).toEqual(["k1", "k2"]);
    expect(said(/wrapped with a new key/)).toEqual([]);
    await expectAllOpen(a, cards);
    await expectAllOpen(b, cards);
    // Back to the old order everywhere is as good as on to the new one.
    await b.stop();
    await a.turn();
    expect(await used()).toEqual(["k1"]);
    await expectAllOpen(a, cards);
  });

  test("a node that died is not waited for", async () => {
    await node("dead", k1);
    const newer = await node("new", k2, k1);
    await database.pool.query(
      "update vault_node set seen_at = now() - interval '2 minutes' where node_id = 'dead'",
    );
    await newer.turn();
    await keep(newer, 1);
    expect(await used()).toEqual(["k2"]);
  });
});

describe("without the right key", () => {
  test("nothing opens, nothing is lost, and the log says what to add", async () => {
    const first = await node("a", k1);
    const cards = await keepMany(first, 2);
    const [cardId = ""] = cards.keys();
    await first.stop();

    const other = await node("b", k3);
    await expect(other.open({ profileId, cardId })).rejects.toThrow(
      /vault key k1.*WASL_VAULT_KEYS/,
    );
    expect(said(/"keyId":"k1".*add it to WASL_VAULT_KEYS/)).toHaveLength(1);
    for (let turns = 0; turns < 3; turns += 1) await other.turn();
    expect(await used()).toEqual(["k1"]);
    await other.stop();

    const none = createVault({
      pool: database.pool,
      log: logTo(lines),
      nodeId: "c",
      keys: undefined,
    });
    expect(none.ready).toBe(false);
    expect(await reasonOf(none.open({ profileId, cardId }))).toBe("no_keys");
    expect(() => none.seal({ profileId, cardId }, card(1))).toThrow(/WASL_VAULT_KEYS/);

    await expectAllOpen(await node("d", k3, k1), cards);
    expect(await used()).toEqual(["k3"]);
  });

  test("a card that was changed in the database stays as it is; the others are wrapped", async () => {
    const first = await node("a", k1);
    const cards = await keepMany(first, 5);
    const [broken = ""] = cards.keys();
    await database.pool.query(
      "update vault_card set wrapped_key = set_byte(wrapped_key, 20, 255 - get_byte(wrapped_key, 20)) where card_id = $1",
      [broken],
    );
    await first.stop();
    const second = await node("a", k2, k1);
    expect(await used()).toEqual(["k1", "k2"]);
    expect(await reasonOf(second.open({ profileId, cardId: broken }))).toBe("damaged");
    cards.delete(broken);
    await expectAllOpen(second, cards);
    expect(said(/could not be wrapped with a new key/)).toHaveLength(1);
    await second.turn();
    expect(said(/no longer used/)).toEqual([]);
  });

  test.each(["profile_id", "card_id", "key_id", "wrapped_key", "sealed_card"])(
    "a changed %s is noticed",
    async (column) => {
      const vault = await node("a", k1, k2);
      const victim = await keep(vault, 1);
      const other = await keep(vault, 2);
      await database.pool.query(
        `insert into profile select 45002, 2, name, mode, currencies, 'S2', 'C2' from profile`,
      );
      const changes: Record<string, string> = {
        profile_id: "profile_id = 45002",
        card_id: "card_id = '0190a1b2-0000-7000-8000-000000000001'",
        key_id: "key_id = 'k2'",
        wrapped_key: `wrapped_key = (select wrapped_key from vault_card where card_id = '${other}')`,
        sealed_card: `sealed_card = (select sealed_card from vault_card where card_id = '${other}')`,
      };
      await database.pool.query(
        `update vault_card set ${changes[column]} where card_id = '${victim}'`,
      );
      const owner = {
        profileId: column === "profile_id" ? 45002 : profileId,
        cardId: column === "card_id" ? "0190a1b2-0000-7000-8000-000000000001" : victim,
      };
      expect(await reasonOf(vault.open(owner))).toBe("damaged");
    },
  );
});

test("a token payment where the key is missing: a clear error, and it works again after", async () => {
  const operatorToken = "an operator's token for this test";
  const config = (setting: string) => ({
    database,
    config: { vaultKeys: setting, operatorToken },
  });
  await database.pool.query("delete from profile");
  const first = await startTestGateway(config(k1));
  const visa = { pan: "4111111111111111", cvv: "123", expiry_month: 12, expiry_year: 2030 };
  const pay = (gateway: typeof first, changes: object) =>
    gateway.call("/payment/request", { ...goodRequest, ...changes });
  const { json } = await pay(first, { tokenise: 2, card_details: visa });
  await first.stop();
  const charge = { tran_class: "recurring", token: json.token };

  const second = await startTestGateway(config(k2));
  const refused = await pay(second, charge);
  expect([refused.status, refused.json.code]).toEqual([503, 400]);
  expect(refused.json.message).toMatch(/stored card cannot be opened on this node/);
  const { json: page } = await pay(second, { token: json.token });
  const form = await fetch(page.redirect_url);
  expect(form.status).toBe(200);
  const posted = await fetch(page.redirect_url, {
    method: "POST",
    body: new URLSearchParams({ security_code: "123" }),
  });
  expect(posted.status).toBe(500);
  const { json: queried } = await second.call("/payment/query", { tran_ref: page.tran_ref });
  expect(queried.payment_result.response_status).toBe("P");
  await second.stop();

  const third = await startTestGateway(config(`${k2},${k1}`));
  expect((await pay(third, charge)).json.payment_result.response_status).toBe("A");
  const keys = (token: string) =>
    fetch(`${third.url}/operators/vault`, { headers: { authorization: `Bearer ${token}` } });
  expect((await keys("x")).status).toBe(401);
  const shown = (await (await keys(operatorToken)).json()) as { keys: { id: string }[] };
  expect(shown.keys.map(({ id }) => id)).toEqual(["k1", "k2"]);
  await third.stop();
});

test("neither a dump of the database nor the log shows a card", { timeout: 60_000 }, async () => {
  await database.pool.query("delete from profile");
  const log = logTo(lines);
  const gateway = await startTestGateway({ database, config: { vaultKeys: k1 }, log });
  const number = "5200000000000114";
  const secrets = [number, "5200 0000 0000 0114", k1.slice(3), "Sara Secret"];
  const typed = { pan: number, cvv: "977", expiry_month: 11, expiry_year: 2031 };
  const pay = (changes: object) => gateway.call("/payment/request", { ...goodRequest, ...changes });
  const { json } = await pay({ tokenise: 2, card_details: typed });
  expect(json.token).toMatch(/^[0-9A-F]{32}$/);
  await pay({ tran_class: "recurring", token: json.token });
  await pay({ card_details: { ...typed, expiry_month: 99 } });
  await gateway.callRaw(
    "/payment/request",
    `{"profile_id":45001,"card_details":{"pan":"${number}"`,
  );
  const customer = {
    name: "Sara Ali",
    email: "sara@example.com",
    phone: "+966500000001",
    street1: "King Rd 1",
    city: "Riyadh",
    state: "Riyadh",
    country: "SA",
    zip: "12345",
  };
  const { json: created } = await pay({ tokenise: 2, customer_details: customer });
  const form = { number, expiry: "11/31", security_code: "977", holder: "Sara Secret" };
  await fetch(created.redirect_url, { method: "POST", body: new URLSearchParams(form) });
  await database.pool.query("alter table vault_card rename to vault_card_away");
  await pay({ tran_class: "recurring", token: json.token });
  await pay({ tokenise: 2, card_details: typed });
  await database.pool.query("alter table vault_card_away rename to vault_card");
  await wait(100);
  await gateway.stop();

  const { rows } = await database.pool.query("select count(*)::int as n from vault_card");
  expect(rows[0].n).toBe(2);
  const text = await everyRow(database);
  const logged = lines.join("");
  expect(text).toContain("5200 00## #### 0114");
  expect(logged).toMatch(/API call refused/);
  for (const secret of secrets) {
    for (const encoding of ["utf8", "hex", "base64url"] as const) {
      const encoded = Buffer.from(secret).toString(encoding);
      expect([text.includes(encoded), logged.includes(encoded)]).toEqual([false, false]);
    }
  }
  // Three digits may stand in an id by chance, but not alone.
  expect([/(?<![\w-])977(?![\w-])/.test(text), /(?<![\w-])977(?![\w-])/.test(logged)]).toEqual([
    false,
    false,
  ]);
});

/** All tables as text, as a dump of the database shows them. */
async function everyRow({ pool }: TestDatabase): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(
    "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'",
  );
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t`);
      return rows.map(({ row }) => row).join("\n");
    }),
  );
  return texts.join("\n");
}
