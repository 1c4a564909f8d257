import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startReceiver } from "../support/receiver.ts";
import { captureFields, takeFaults, takeLastFaults } from "../support/response-check.ts";
import {
  noticeFault,
  returnFault,
  returnFields,
  signedTextOf,
} from "../support/response-verifier.ts";
import { sampleProfile } from "../support/sample-profile.ts";

const { serverKey, clientKey } = sampleProfile;

/** The vectors of protocol.md 6.5: wire fields, the text that is signed, its signature. */
const vectors: readonly { name: string; body: string; text: string; signature: string }[] = [
  {
    name: "paid",
    body: "cartId=order-7001&customerEmail=sara%40example.com&respCode=G40217&respMessage=Authorised&respStatus=A&token=&tranRef=TST2609100000101",
    text: "cartId=order-7001&customerEmail=sara%40example.com&respCode=G40217&respMessage=Authorised&respStatus=A&tranRef=TST2609100000101",
    signature: "b74da54170f59894610a203b7561ba02195af189ccb02953f9deb2c8d580c506",
  },
  {
    name: "paid, live style with token",
    body: "acquirerMessage=Approved&acquirerRRN=609112345678&cartId=order-7001&customerEmail=sara@example.com&respCode=083274&respMessage=Authorised&respStatus=A&token=A1B2C3D4E5F60718293A4B5C6D7E8F90&tranRef=SFT2609100000102",
    text: "acquirerMessage=Approved&acquirerRRN=609112345678&cartId=order-7001&customerEmail=sara%40example.com&respCode=083274&respMessage=Authorised&respStatus=A&token=A1B2C3D4E5F60718293A4B5C6D7E8F90&tranRef=SFT2609100000102",
    signature: "07f010b8b9854ce64cdaf16c3b00ca5b4fc138e77124b97202a1b354ae6c1063",
  },
  {
    name: "declined",
    body: "tranRef=TST2609100000103&cartId=order-7002&customerEmail=sara%2Btest%40example.com&respCode=305&respMessage=Card+security+code+(CVV)+mismatch&respStatus=D",
    text: "cartId=order-7002&customerEmail=sara%2Btest%40example.com&respCode=305&respMessage=Card+security+code+%28CVV%29+mismatch&respStatus=D&tranRef=TST2609100000103",
    signature: "ff0601eb89b9104257632240678fb2b361943c0e7b030c601e7f84573c52152f",
  },
  {
    name: "Arabic, & and /",
    body: "cartId=%D8%B7%D9%84%D8%A8+9%2F1&customerEmail=a%26b%40example.com&respCode=G40217&respMessage=Authorised&respStatus=A&tranRef=TST2609100000105",
    text: "cartId=%D8%B7%D9%84%D8%A8+9%2F1&customerEmail=a%26b%40example.com&respCode=G40217&respMessage=Authorised&respStatus=A&tranRef=TST2609100000105",
    signature: "9fdf67a82228def70df647b3b509d5d3aeadd5e33ef78b4feaaa5a9076a71cf1",
  },
];

const fieldsOf = (body: string): [string, string][] => [...new URLSearchParams(body)];

describe("a Return", () => {
  test.each(vectors)("of the published vector: $name", ({ body, text, signature }) => {
    const fields = fieldsOf(body);
    expect(signedTextOf(fields)).toBe(text);
    expect(returnFault([...fields, ["signature", signature]], serverKey)).toBeUndefined();
  });

  test("escapes what PHP escapes and leaves what PHP leaves", () => {
    expect(signedTextOf([["a", "-_.~*!'() +é"]])).toBe("a=-_.%7E%2A%21%27%28%29+%2B%C3%A9");
  });

  const [paid] = vectors;
  const genuine = [...fieldsOf(paid?.body ?? ""), ["signature", paid?.signature ?? ""]] as const;
  const changed = (name: string, value: string) =>
    genuine.map(([field, old]) => [field, field === name ? value : old] as const);

  test.each([
    ["another status", changed("respStatus", "D"), /wrong/],
    ["a field that was empty", changed("token", "A1B2"), /wrong/],
    ["capitals", changed("signature", (paid?.signature ?? "").toUpperCase()), /lower-case/],
    ["no signature", genuine.slice(0, -1), /0 signatures/],
    ["two signatures", [...genuine, ["signature", "0"] as const], /2 signatures/],
    ["a field of value 0", changed("cartId", "0"), /cartId is 0/],
  ])("with %s is found out", (_name, fields, fault) => {
    expect(returnFault(fields, serverKey)).toMatch(fault);
  });

  test("under another key is found out", () => {
    expect(returnFault(genuine, `${serverKey}X`)).toMatch(/wrong/);
  });
});

test("the body vector of a Callback", () => {
  const body = Buffer.from('{"a":"سلة"}');
  const signature = createHmac("sha256", serverKey).update(body).digest("hex");
  expect(noticeFault({ headers: { signature }, body }, serverKey)).toBeUndefined();
  const spaced = Buffer.from('{"a": "سلة"}');
  expect(noticeFault({ headers: { signature }, body: spaced }, serverKey)).toMatch(/wrong/);
  expect(noticeFault({ headers: {}, body }, serverKey)).toMatch(/no Signature/);
});

/** Sends a notice to a receiver and returns what the check says of it. */
async function judge(sent: string, signed = sent, key = clientKey): Promise<readonly string[]> {
  const receiver = await startReceiver();
  const signature = createHmac("sha256", serverKey).update(signed).digest("hex");
  await fetch(receiver.url, {
    method: "POST",
    body: sent,
    headers: { "content-type": "application/json", signature, "client-key": key },
  });
  await receiver.close();
  return takeFaults();
}

describe("what tests receive is verified, so that", () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.pool.query(
      `insert into profile (profile_id, merchant_id, name, mode, currencies, server_key, client_key)
       values (45001, 20001, 'Shop', 'test', '{SAR}', $1, $2)`,
      [serverKey, clientKey],
    );
  });

  afterAll(() => database.drop());

  const notice = '{"tran_ref":"TST1","ipn_trace":"IPNS0101.69CD0A1F.0000B001"}';

  test("a genuine Callback passes, and one with a byte changed does not", async () => {
    expect(await judge(notice)).toEqual([]);
    expect(await judge(notice.replace("TST1", "TST2"), notice)).toEqual([
      "the notice's Signature is wrong",
    ]);
  });

  test("a Callback that names no known profile does not pass at the end", async () => {
    expect(await judge(notice, notice, "CAAAAA-AAAAAA-AAAAAA-AAAAAA")).toEqual([]);
    expect(await takeLastFaults()).toEqual(["a notice bears the Client-Key of no profile"]);
  });

  test("a Return with a field changed does not pass, nor one with fields out of order", async () => {
    const { body = "", signature = "" } = vectors[0] ?? {};
    const fields = new Map([...fieldsOf(body), ["signature", signature]]);
    const inOrder = returnFields.flatMap((name): [string, string][] => {
      const value = fields.get(name);
      return value === undefined ? [] : [[name, value]];
    });
    captureFields(inOrder);
    expect(await takeFaults()).toEqual([]);
    captureFields(inOrder.map(([name, value]) => [name, name === "cartId" ? "order-1" : value]));
    expect(await takeFaults()).toEqual(["the Return's signature is wrong"]);
    captureFields(inOrder.toReversed());
    expect(await takeFaults()).toEqual([
      expect.stringMatching(/the Return has the fields tranRef/),
    ]);
  });

  test("a Callback that was never sent is verified too", async () => {
    const other = await createTestDatabase();
    const headers = JSON.stringify({ "Client-Key": clientKey, Signature: "0".repeat(64) });
    await other.pool.query(
      `insert into delivery (profile_id, delivery_id, subject, purpose, lane, lane_id, url,
         content_type, headers, body, allow_private)
       values (45001, gen_random_uuid(), 'TST1', 'callback', 'l', 1, 'https://shop.example/',
         'application/json', $1, '{}', true)`,
      [headers],
    );
    await other.drop();
    expect(await takeFaults()).toEqual(["the notice's Signature is wrong"]);
  });
});
