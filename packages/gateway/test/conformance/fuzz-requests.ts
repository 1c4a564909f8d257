import * as fc from "fast-check";
import {
  brokenText,
  hostileValue,
  type Members,
  mutations,
  strangeBody,
  writeMembers,
} from "./fuzz-bodies.ts";

/** What must come of a request. */
export type Must =
  /** It is in order: a page is created. */
  | "accept"
  /** It is in order or not: the gateway decides. */
  | "judge"
  /** It cannot be right: nothing may be written. */
  | "refuse";

export interface FuzzRequest {
  readonly kind: string;
  readonly must: Must;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** No HTTP any more: the connection may be closed in place of a reply. */
  readonly breaksHttp?: boolean;
}

export interface FuzzTarget {
  readonly profileId: number;
  readonly serverKey: string;
  /** A payment that exists, and waits for its shopper; and the path of its page. */
  readonly tranRef: string;
  readonly pagePath: string;
  /** A payment that was made, and one that is held for a capture. */
  readonly paidRef: string;
  readonly heldRef: string;
}

const json = ["content-type", "application/json"] as const;

/** The paths of protocol.md 1.3, for anything below `/payment`. */
const apiPaths = [
  "/payment/request",
  "/payment/query",
  "/payment/token",
  "/payment/token/delete",
  "/payment/invoice/new",
  "/payment/new/invoice",
  "/payment/invoice/status",
  "/payment/invoice/cancel",
  "/payment/invoice/paid",
  "/payment/link/create",
  "/payment/info/valu/inquiry",
];

const oddPaths = [
  "/payment",
  "/payment/",
  "/payment/nothing",
  "/payment/request/extra",
  "/payment/request%2f",
  "/payment/%72equest/..",
  "/payment/../payment/nothing",
  "/payment/request%00",
  "/payment/%",
  "/payment/%ff%fe",
  "/payment/request;a=b",
  "/PAYMENT/REQUEST",
  `/payment/${"a".repeat(5000)}`,
  "/payment/invoice/1/status/2",
  "/payment/js/../request.js",
  "/payment/\u00e9",
  "/payment/nothing?x[y]=1&__proto__=2&x=%zz",
];

const card = { pan: "4111111111111111", cvv: "123", expiry_month: 12, expiry_year: 2030 };

/** What turns a page creation into another kind of request (protocol.md 2.6). */
const variants = ({ paidRef, heldRef }: FuzzTarget): readonly Members[] => [
  [["card_details", card]],
  [
    ["card_details", card],
    ["tran_type", "auth"],
    ["tokenise", 2],
  ],
  [["card_details", { ...card, pan: "4000000000000002" }]],
  [
    ["card_details", card],
    ["tran_type", "register"],
  ],
  [["payment_token", "A1B2C3D4E5F607182930"]],
  [
    ["token", "A1B2C3D4E5F60718293A4B5C6D7E8F90"],
    ["tran_class", "recurring"],
  ],
  [["apple_pay_token", { paymentMethod: {}, transactionIdentifier: "x", paymentData: {} }]],
  ...["refund", "void", "capture", "release", "authext"].map((type): Members => [
    ["tran_type", type],
    ["tran_ref", type === "refund" ? paidRef : heldRef],
    ["cart_amount", 0.01],
  ]),
  [
    ["donation_mode", true],
    ["cart_min", 1],
    ["cart_max", 100],
  ],
  [
    [
      "card_discounts",
      [{ discount_cards: "4111,5200", discount_percent: 10, discount_title: "x" }],
    ],
  ],
  [["card_filter", "4111,5200"]],
  [
    ["framed", true],
    ["framed_message_target", "https://shop.example"],
  ],
  [["invoice", { line_items: [{ sku: "a", unit_cost: 12.5, quantity: 1, total: 12.5 }] }]],
];

/** Without the members that come again. */
const replaced = (members: Members, by: Members): Members =>
  members.filter(([name]) => !by.some(([again]) => again === name));

/** What is not the merchant's API: pages, the sandbox's inbox, the operators' API. */
const otherPaths = (pagePath: string): readonly string[] => [
  ...["", "/result", "/extend", "/back", "/cancel", "/nothing", "?lang=ar", "?lang[]=x", "%00"].map(
    (step) => pagePath + step,
  ),
  pagePath.replace("page", "wr"),
  `/payment/page/${"F".repeat(56)}`,
  `/payment/page/${"x".repeat(56)}`,
  "/payment/page/",
  "/sandbox/inbox/00000000/callback",
  "/sandbox/transactions/TST2609100000101/timeline",
  "/sandbox/payments/%F0%9F%98%80",
  "/operators/redeliveries",
  "/operators/failed-deliveries?profile_id=x&limit=-1",
  "/metrics",
  "/nothing",
];

const forms = [
  "number=4111111111111111&expiry=12%2F30&code=000",
  "number=%00&expiry=%ff&code=x",
  "number[]=1&number[]=2&__proto__[a]=b",
  `number=${"9".repeat(5000)}`,
  "a=%",
  "&&&===",
];

const methods =
  "GET PUT PATCH DELETE OPTIONS HEAD TRACE PROPFIND MKCOL LOCK PURGE SEARCH QUERY M-SEARCH";

const contentTypes = `application/x-www-form-urlencoded multipart/form-data;boundary=x text/plain
  applicationn/json application/json;charset=utf-16 application/json;charset=utf-8;x="
  application/octet-stream text/xml */* ; application/json,application/json é`
  .split(/\s+/)
  .map((type) => ["content-type", type] as const);

/** Headers that are odd and allowed: the request stays what it is. */
const oddHeaders: readonly (readonly (readonly [string, string])[])[] = [
  [],
  ...contentTypes.map((type) => [type]),
  [json, json],
  [json, ["accept", "text/html"]],
  [json, ["accept-encoding", "br;q=1.0, gzip;q=0.8, *;q=0.1"]],
  [json, ["content-encoding", "gzip"]],
  [json, ["cookie", "a=b; ".repeat(100)]],
  [json, ["x-forwarded-for", "1.2.3.4, ".repeat(50)]],
  [json, ["x-forwarded-host", "evil.example"]],
  [json, ["host", "evil.example"]],
  [json, ["origin", "https://evil.example"]],
  [json, ["expect", "100-continue"]],
  [json, ["upgrade", "h2c"]],
  [json, ["range", "bytes=0-1"]],
  [json, ["if-none-match", "*"]],
  [json, ["x-http-method-override", "DELETE"]],
  [json, ["x-long", "y".repeat(8000)]],
  [json, ["accept-language", "ar;q=a, \u00e9"]],
  [json, ...Array.from({ length: 150 }, (_, n) => [`x-${n}`, `${n}`] as const)],
];

/** Heads that no parser takes; each is sent on a connection of its own. */
const brokenHeads: readonly (readonly (readonly [string, string])[])[] = [
  [["x-too-long", "z".repeat(20_000)]],
  [["bad name", "1"]],
  [["authorization ", "x"]],
  [["x-control", "a\u0001b"]],
  [["content-length", "-1"]],
  [
    ["content-length", "1"],
    ["content-length", "2"],
  ],
  [["content-length", "12abc"]],
  [["content-length", "99999999999999999999999"]],
  [["transfer-encoding", "gzip"]],
  [
    ["transfer-encoding", "chunked"],
    ["content-length", "3"],
  ],
  [["", "no name"]],
  [["expect", "the-unexpected"]],
  [
    ["host", "a"],
    ["host", "b"],
  ],
];

/** Generated requests against one gateway; the same seed brings the same ones. */
export function fuzzRequests(target: FuzzTarget): fc.Arbitrary<FuzzRequest> {
  const authorised = ["authorization", target.serverKey] as const;
  const base = (cart: number): Members => [
    ["profile_id", target.profileId],
    ["tran_type", "sale"],
    ["tran_class", "ecom"],
    ["cart_id", `fuzz-${cart}`],
    ["cart_description", "basket"],
    ["cart_currency", "SAR"],
    ["cart_amount", 12.5],
    ["callback", "https://shop.example/callback"],
    ["return", "https://shop.example/return"],
    ["customer_details", { name: "Sara Ali", email: "sara@example.com", country: "SA" }],
  ];
  // Each cart but once, or the second would be taken for a repetition of the first.
  const cart = fc.noBias(fc.maxSafeNat());
  const page = (
    kind: string,
    must: Must,
    body: Buffer,
    headers: FuzzRequest["headers"] = [json],
  ): FuzzRequest => ({
    kind,
    must,
    method: "POST",
    path: "/payment/request",
    headers: [authorised, ...headers],
    body,
  });
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.tuple(cart, fc.constantFrom(...oddHeaders)).map(([id, headers]) => ({
        ...page("in order", "accept", Buffer.from(writeMembers(base(id)))),
        headers: [authorised, ...headers],
      })),
    },
    {
      weight: 28,
      arbitrary: fc
        .tuple(cart, mutations)
        .map(([id, mutate]) =>
          page("mutated", "judge", Buffer.from(writeMembers(mutate(base(id))))),
        ),
    },
    {
      weight: 12,
      arbitrary: fc
        .tuple(cart, fc.constantFrom(...variants(target)), fc.option(mutations))
        .map(([id, variant, mutate]) => {
          const members: Members = [...replaced(base(id), variant), ...variant];
          const text = writeMembers(mutate === null ? members : mutate(members));
          return page("more than a page", "judge", Buffer.from(text));
        }),
    },
    {
      weight: 10,
      arbitrary: fc
        .tuple(cart, brokenText)
        .map(([id, spoil]) => page("no JSON", "refuse", spoil(writeMembers(base(id))))),
    },
    { weight: 12, arbitrary: strangeBody.map((body) => page("strange", "refuse", body)) },
    {
      weight: 8,
      arbitrary: fc
        .tuple(cart, fc.constantFrom(...apiPaths), strangeKey, mutations)
        .map(([id, path, key, mutate]) => ({
          ...page("another key", "refuse", Buffer.from(writeMembers(mutate(base(id))))),
          path,
          headers: [...key, json],
        })),
    },
    {
      weight: 8,
      arbitrary: fc
        .tuple(fc.constantFrom("tran_ref", "cart_id"), hostileValue, mutations)
        .map(([name, value, mutate]) => {
          const members = [["profile_id", target.profileId] as const, [name, value] as const];
          const body = Buffer.from(writeMembers(mutate(members)));
          return { ...page("query", "judge", body), path: "/payment/query" };
        }),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...apiPaths.slice(2)), mutations)
        .map(([path, mutate]) => {
          const members = [...base(0), ["tran_ref", target.tranRef] as const];
          const body = Buffer.from(writeMembers(mutate(members)));
          return { ...page("another call", "judge", body), path };
        }),
    },
    {
      weight: 6,
      arbitrary: fc
        .tuple(
          fc.constantFrom(...otherPaths(target.pagePath)),
          fc.constantFrom("GET", "POST", "HEAD", "PUT"),
          fc.oneof(
            fc.constantFrom(...forms).map((text) => Buffer.from(text)),
            strangeBody,
          ),
          fc.constantFrom(...contentTypes, json),
        )
        .map(([path, method, body, type]) => ({
          ...page("another place", "judge", body, [type]),
          path,
          method,
        })),
    },
    {
      weight: 4,
      arbitrary: fc.tuple(fc.constantFrom(...oddPaths), cart).map(([path, id]) => ({
        ...page("odd path", "refuse", Buffer.from(writeMembers(base(id)))),
        path,
      })),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...methods.split(" ")), fc.constantFrom(...apiPaths), cart)
        .map(([method, path, id]) => ({
          ...page("odd method", "refuse", Buffer.from(writeMembers(base(id)))),
          method,
          path,
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...brokenHeads), fc.constantFrom(...apiPaths))
        .map(([headers, path]) => ({
          ...page("broken head", "refuse", Buffer.alloc(0)),
          path,
          headers: [authorised, ...headers],
          breaksHttp: true,
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom("FOO", "post", "PRI", "GET GET", "\u0000", "POST\t")
        .map((method) => ({
          ...page("no method", "refuse", Buffer.alloc(0)),
          method,
          breaksHttp: true,
        })),
    },
  );
}

const strangeKey = fc.constantFrom<readonly (readonly [string, string])[]>(
  [],
  [["authorization", ""]],
  [["authorization", "SAAAAAAAAA-AAAAAAAAAA-AAAAAAAAAA"]],
  [["authorization", "Bearer x"]],
  [["authorization", "Basic OjphOg=="]],
  [["authorization", "\u00ff\u00fe"]],
  [["authorization", "S".repeat(5000)]],
);

/** The bytes to send. */
export function bytesOf({ method, path, headers, body }: FuzzRequest): Buffer {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const own = [
    ...(names.has("host") ? [] : [["host", "127.0.0.1"]]),
    ...(names.has("content-length") || names.has("transfer-encoding")
      ? []
      : [["content-length", `${body.length}`]]),
  ];
  const lines = [...own, ...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}
