import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import asyncApiSpecs from "@asyncapi/specs";
import { responseCode, responseCodeNames, statuses } from "@wasl/protocol";
import { Ajv, type AnySchema } from "ajv";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorCatalogue } from "../src/errors.ts";
import { asyncApi } from "../src/reference/asyncapi.ts";
import { areas, namesOf, rowOf } from "../src/reference/compatibility/compatibility.ts";
import { type Row, type State, states } from "../src/reference/compatibility/row.ts";
import { endpoints } from "../src/reference/endpoints.ts";
import { membersOf } from "../src/reference/json-schema.ts";
import { messages } from "../src/reference/messages.ts";
import { openApi, requestSchema, schemasOf } from "../src/reference/openapi.ts";
import { errorReply } from "../src/reference/replies.ts";
import { makeIpn } from "../src/responses/ipn.ts";
import { proofs } from "./support/proofs.ts";
import { checkDocumented } from "./support/documented.ts";
import { goodRequest, startTestGateway, type TestGateway } from "./support/gateway.ts";
import { sampleProfile } from "./support/sample-profile.ts";
import { sampleTransaction } from "./support/sample-transaction.ts";
import { goBackToShop, Shop, submit, typeCard, visit } from "./support/stranger.ts";

let gateway: TestGateway;
let shop: Shop;

beforeAll(async () => {
  [gateway, shop] = await Promise.all([startTestGateway(), new Shop().open()]);
});

afterAll(async () => {
  await gateway.stop();
  await shop.close();
});

const forms = endpoints.flatMap(({ requests }) => requests);

/** Members of the schemas, by the area of the list that has them. */
const membersByArea = new Map<string, Set<string>>([
  ...[...Map.groupBy(forms, ({ area }) => area)].map(
    ([area, ofArea]) =>
      [area, new Set(ofArea.flatMap((form) => membersOf(schemasOf(form))))] as const,
  ),
  ...endpoints.flatMap(({ replies }) =>
    replies.map(({ name, schema }) => [name, new Set(membersOf(schema))] as const),
  ),
  ...messages.map(({ name, schema }) => [name, new Set(membersOf(schema))] as const),
  ["Error", new Set(membersOf(errorReply))],
]);

const isOffered = (state: State) => state === "done" || state === "simulated";

describe("the list of compatibility is in step with the code", () => {
  test.each([...membersByArea])("every member of %s is listed", (area, members) => {
    expect(members.size).toBeGreaterThan(1);
    expect([...members].filter((member) => rowOf(area, member) === undefined)).toEqual([]);
  });

  const done = areas
    .filter(({ members }) => members === true)
    .flatMap(({ name, rows }) => rows.map((row) => ({ area: name, row })))
    .filter(({ row: [, , state] }) => isOffered(state));

  test("no member is done that no schema has", () => {
    expect(done.length).toBeGreaterThan(100);
    const unread = done.flatMap(({ area, row }) =>
      namesOf(row).filter((name) => membersByArea.get(area)?.has(name) !== true),
    );
    expect(unread).toEqual([]);
  });

  test("no member of a request is read that is listed as not offered", () => {
    const read = forms.flatMap((form) =>
      membersOf(schemasOf(form)).filter(
        (member) => rowOf(form.area, member)?.[2] === "not offered",
      ),
    );
    expect(read).toEqual([]);
  });

  test("nothing is listed twice, every row has a source and a known state", () => {
    for (const { name, rows } of areas) {
      const names = rows.flatMap(namesOf);
      expect([name, names.filter((member, at) => names.indexOf(member) !== at)]).toEqual([
        name,
        [],
      ]);
      for (const [, source, state, about] of rows) {
        expect(source).toMatch(/^\d+(\.\d+)?$/);
        expect(states).toContain(state);
        expect(about).not.toBe("");
      }
    }
    expect(new Set(areas.map(({ name }) => name)).size).toBe(areas.length);
  });

  test("what differs or is not offered says so, what differs says why", () => {
    const silent = areas.flatMap(({ name, rows }) =>
      rows
        .filter(([, , state, , note]) => state === "differs" && note === undefined)
        .map(([row]) => `${name} ${row}`),
    );
    expect(silent).toEqual([]);
  });

  test("every code of the catalogues is listed, and none as done that no catalogue has", () => {
    const produced = new Set([
      ...Object.values(errorCatalogue).map(({ code }) => code.toString()),
      ...responseCodeNames.map((name) => responseCode(name).code),
    ]);
    const rows = areas.find(({ name }) => name === "codes")?.rows ?? [];
    const offered = rows.filter(([, , state]) => isOffered(state)).map(([code]) => code);
    expect(offered.toSorted()).toEqual([...produced].toSorted());
  });

  const rules = areas
    .filter(({ name, members }) => members !== true && !["codes", "statuses"].includes(name))
    .map(({ name, rows }) => ({
      name,
      rows: rows.filter((row) => callsOf(row) === undefined),
      calls: rows.flatMap((row) => callsOf(row) ?? []),
    }));

  test("every rule that is kept has a test, and no other has", () => {
    const kept = rules.map(({ name, rows }) => [
      name,
      rows.filter(([, , state]) => state !== "not offered").map(([rule]) => rule),
    ]);
    expect(Object.fromEntries(kept)).toEqual(
      Object.fromEntries(
        Object.entries(proofs).map(([name, ofArea]) => [name, Object.keys(ofArea)]),
      ),
    );
  });

  test("the tests of rules are there", () => {
    const missing = Object.values(proofs)
      .flatMap((ofArea) => Object.values(ofArea))
      .filter(([file, title]) => !textOfTest(file).includes(title));
    expect(missing).toEqual([]);
  });

  test.each(rules.flatMap(({ calls }) => calls))(
    "$method $path is served or not, as it says: $state",
    async ({ method, path, state }) => {
      const url = gateway.url + path.replaceAll(/:\w+/g, "1");
      const reply = await fetch(url, { method, ...(method !== "GET" && { body: "{}" }) });
      expect((await reply.text()).includes("Invalid request: there is no ")).toBe(
        state === "not offered" && !path.endsWith("/sms"),
      );
    },
  );

  test("every status letter is listed", () => {
    const rows = areas.find(({ name }) => name === "statuses")?.rows ?? [];
    expect(rows.map(([letter]) => letter).toSorted()).toEqual(Object.keys(statuses).toSorted());
  });
});

/** The calls that a row is about, as `POST /payment/query`; `undefined` when it is about none. */
function callsOf(row: Row) {
  const [, method, paths] = /^(GET|POST|PUT) (\/.+)$/.exec(row[0]) ?? [];
  if (method === undefined || paths === undefined) return undefined;
  const [, source, state, about] = row;
  return namesOf([paths, source, state, about]).map((path) => ({ method, path, state }));
}

/** A test's source; of the golden requests with what they are made from. */
function textOfTest(file: string): string {
  const path = join(
    import.meta.dirname,
    /^(?:gateway|protocol)\//.test(file) ? "../.." : ".",
    file,
  );
  const sources = [`${path}.test.ts`, `${path}.ts`].filter((source) => existsSync(source));
  return sources.map((source) => readFileSync(source, "utf8")).join("\n");
}

/** Read from Fastify's tree, where a route below another one shows only what it adds. */
function servedPaths(): string[] {
  const above: string[] = [];
  return gateway.app
    .printRoutes({ commonPrefix: false })
    .split("\n")
    .flatMap((line) => {
      const [, indent = "", part = ""] = /^(.*?)[├└]── (\S+)/.exec(line) ?? [];
      const depth = indent.length / 4;
      above[depth] = (above[depth - 1] ?? "") + part;
      return part === "" ? [] : [above[depth]];
    });
}

describe("openapi.json", () => {
  test("is valid OpenAPI 3.1", async () => {
    const verdict = await new Validator().validate(structuredClone(openApi("http://127.0.0.1")));
    expect(verdict.errors ?? []).toEqual([]);
    expect(verdict.valid).toBe(true);
    const broken = { ...openApi("http://127.0.0.1"), paths: { "/x": { post: { responses: 7 } } } };
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  test("is served, with this gateway's address", async () => {
    const reply = await fetch(`${gateway.url}/openapi.json`);
    expect(reply.headers.get("content-type")).toMatch(/^application\/json/);
    expect(await reply.json()).toEqual(openApi(gateway.url));
    const other = await fetch(`${gateway.url}/asyncapi.json`);
    expect(await other.json()).toEqual(asyncApi());
  });

  test("has every route of the server API", () => {
    const served = servedPaths()
      .filter((path) => path.startsWith("/payment/") && !path.includes("*"))
      // Pages, and the managed form, are for the shopper's browser.
      .filter((path) => !/^\/payment\/(page|wr|js|request\/invoice|link\/:id)\//.test(path));
    expect(served).not.toEqual([]);
    const known = new Set(endpoints.map(({ path }) => path));
    expect(served.filter((path) => !known.has(path))).toEqual([]);
    expect([...known].filter((path) => !served.includes(path))).toEqual([]);
  });

  test("describes every member", () => {
    const { components } = openApi("http://127.0.0.1") as { components: { schemas: object } };
    const bare = [
      ...JSON.stringify(components.schemas).matchAll(/"(\w+)":\{(?![^{}]*"description")[^{}]*\}/g),
    ];
    expect(bare.map(([, name]) => name)).toEqual([]);
  });

  test("has examples that its own schemas accept", () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    for (const { requests, replies } of endpoints) {
      for (const form of requests) {
        const valid = ajv.compile(requestSchema(form));
        expect([form.name, valid(form.example), valid.errors]).toEqual([form.name, true, null]);
      }
      for (const { name, schema, example } of replies) {
        expect([name, schema.safeParse(example).error]).toEqual([name, undefined]);
      }
    }
  });

  test.each(["PageRequest", "DirectRequest", "InvoiceRequest", "LinkRequest"])(
    "has an example of %s that the gateway takes as it is",
    async (name) => {
      const { path, requests } = endpointOf(name);
      const form = requests.find((known) => known.name === name);
      const { status } = await gateway.call(path, form?.example ?? {});
      expect(status).toBe(200);
    },
  );

  test("asks of a follow-up what the gateway asks", async () => {
    const { requests } = endpointOf("FollowUpRequest");
    const form = requests.find(({ name }) => name === "FollowUpRequest");
    const { status, json } = await gateway.call("/payment/request", form?.example ?? {});
    // In order, but the sandbox has no such transaction.
    expect([status, json.code]).toEqual([400, 113]);
    const { tran_ref: _, ...rest } = form?.example ?? {};
    const missing = await gateway.call("/payment/request", rest);
    expect(missing.json.message).toContain("tran_ref");
    expect(form && requestSchema(form)["required"]).toContain("tran_ref");
  });
});

describe("asyncapi.json", () => {
  test("is valid AsyncAPI 3.0", () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const valid = ajv.compile(asyncApiSpecs.schemasWithoutId["3.0.0"] as AnySchema);
    expect(valid(asyncApi()) ? null : valid.errors).toBeNull();
    expect(valid({ ...asyncApi(), channels: 7 })).toBe(false);
  });

  test.each(messages.map((message) => [message.name, message] as const))(
    "has an example of %s that its schema accepts",
    (_name, { schema, example }) => {
      expect(schema.safeParse(example).error).toBeUndefined();
    },
  );
});

const endpointOf = (request: string) => {
  const endpoint = endpoints.find(({ requests }) => requests.some(({ name }) => name === request));
  if (endpoint === undefined) throw new Error(`no call takes ${request}`);
  return endpoint;
};

const messageNamed = (name: string) => {
  const message = messages.find((known) => known.name === name);
  if (message === undefined) throw new Error(`there is no message ${name}`);
  return message;
};

/** Whole, so that the page does not ask for the rest of it. */
const address = {
  name: "Sara Ali",
  phone: "+966500000001",
  street1: "King Rd 1",
  city: "Riyadh",
  state: "Riyadh",
  country: "SA",
  zip: "12345",
};

const cards = {
  approved: "4111111111111111",
  challenged: "4000000000000002",
  refused: "4000000000003162",
  held: "4000000000001208",
};

describe("what is sent is as described", () => {
  test.each(Object.entries(cards))("Callback and Return of a payment: %s", async (name, number) => {
    const created = await gateway.call("/payment/request", {
      ...goodRequest,
      callback: `${shop.url}/callback/${name}`,
      return: `${shop.url}/return/${name}`,
      customer_ref: "customer-1",
      customer_details: { name: "Sara Ali", email: "sara@example.com", country: "SA" },
      shipping_details: address,
      user_defined: { udf1: "a", udf9: "b" },
    });
    let page = await typeCard(await visit(created.json.redirect_url), { number, code: "123" });
    const challenge = page.forms.find(({ tokens }) => tokens.has("one-time-code"));
    if (challenge !== undefined) {
      page = await submit(challenge, { [challenge.tokens.get("one-time-code") ?? ""]: "1234" });
    }
    await goBackToShop(page, shop.url);
    const callback = await shop.waitFor(`/callback/${name}`);
    const body = JSON.parse(callback.body.toString()) as unknown;
    expect(messageNamed("Callback").schema.safeParse(body).error).toBeUndefined();
    for (const header of Object.keys(messageNamed("Callback").headers ?? {})) {
      expect(callback.headers).toHaveProperty(header.toLowerCase());
    }
    const returned = await shop.waitFor(`/return/${name}`);
    const form = Object.fromEntries(new URLSearchParams(returned.body.toString()));
    expect(messageNamed("Return").schema.safeParse(form).error).toBeUndefined();
    const { tran_ref: tranRef, cart_id: cartId } = created.json;
    expect((await gateway.call("/payment/query", { tran_ref: tranRef })).status).toBe(200);
    expect((await gateway.call("/payment/query", { cart_id: cartId })).json).toHaveLength(1);
  });
});

test("an IPN of format Basic Web is as described", () => {
  const { facts, outcome } = sampleTransaction({
    facts: { tranType: "Refund", previousTranRef: "TST2609100000101", customerRef: "customer-1" },
  });
  if (outcome === undefined) throw new Error("the sample is paid");
  const { body } = makeIpn(sampleProfile, "basic_web", facts, outcome);
  expect(messageNamed("IpnBasicWeb").schema.safeParse(JSON.parse(body)).error).toBeUndefined();
});

const checkReply =
  (json: object, status = 200) =>
  () =>
    checkDocumented("/payment/request", status, json);

test("a reply with a member that is not described is noticed", () => {
  const example = endpoints[0]?.replies[0]?.example;
  expect(checkReply({ ...example })).not.toThrow();
  expect(checkReply({ ...example, extra: 1 })).toThrow(/extra/);
  expect(checkReply({ ...example, cart_amount: 5 })).toThrow(/cart_amount/);
  const error = { code: 4, message: "x", trace: "PMNT0101.69CD0A1D.0000C002" };
  expect(checkReply(error, 409)).not.toThrow();
  expect(checkReply(error, 418)).toThrow(/does not document/);
  expect(checkReply({ ...error, code: 109 }, 400)).toThrow(/does not document/);
});
