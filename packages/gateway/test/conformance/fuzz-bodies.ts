import * as fc from "fast-check";

/** A number, or anything else, that is written into the JSON text as it stands. */
class Raw {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** Members in order; a name may come twice. */
export type Members = readonly (readonly [name: string, value: unknown])[];

/** JSON text of a value that may hold raw pieces; members of an object may be given as a list. */
export function write(value: unknown): string {
  if (value instanceof Raw) return value.source;
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value === "object" && value !== null) return writeMembers(Object.entries(value));
  return JSON.stringify(value) ?? "null";
}

export function writeMembers(members: Members): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join(",")}}`;
}

const numbers = [
  "0",
  "-0",
  "-1",
  "0.001",
  "0.005",
  "1.005",
  "1e2",
  "1E400",
  "-1e-400",
  "1e-7",
  "0.1e1",
  "9007199254740993",
  "9223372036854775807",
  "9223372036854775808",
  "99999999999999999999999999999999999999",
  "2147483648",
  `1${"0".repeat(400)}`,
  `0.${"0".repeat(400)}1`,
].map((source) => new Raw(source));

const texts = [
  "",
  " ",
  "0",
  "none",
  "null",
  "NaN",
  "-1",
  "1,5",
  "1e3",
  "١٢٣",
  "\u0000",
  "a\u0007b",
  "\u202Egnp.exe",
  "\uFEFF",
  "\uD83D\uDE00".repeat(40),
  "é".normalize("NFD"),
  "a".repeat(64),
  "a".repeat(65),
  "a".repeat(128),
  "a".repeat(129),
  "ص".repeat(255),
  "ص".repeat(256),
  "x".repeat(10_000),
  "' or 1=1 --",
  "$1; drop table transaction",
  "<script>alert(1)</script>",
  "{{7*7}}${7*7}",
  "../../../etc/passwd",
  "__proto__",
  "constructor",
  "toString",
  "https://shop.example/callback",
  "http://127.0.0.1:22/",
  "http://[::1]/",
  "http://169.254.169.254/latest/meta-data",
  "http://0x7f000001/",
  "https://user:secret@shop.example/",
  "https://shop.example:99999/",
  "https://shop.example/\r\nX-Evil: 1",
  `https://shop.example/${"x".repeat(300)}`,
  "javascript:alert(1)",
  "file:///etc/passwd",
  "//shop.example/",
  "sale",
  "SALE",
  "refund",
  "capture",
  "void",
  "auth",
  "register",
  "ecom",
  "recurring",
  "SAR",
  "sar",
  "KWD",
  "JPY",
  "ZZZ",
  "applepay",
  "-all",
  "4111111111111111",
  "TST2609100000101",
];

const lone = [new Raw('"\\ud800"'), new Raw('"\\udfff\\ud800"'), new Raw('"\\u0000"')];

/** Arrays or objects within each other: as deep as is read, a little deeper, as deep as fits. */
const nested = fc.oneof(
  fc
    .constantFrom(2, 14, 15, 16, 17, 200, 120_000)
    .map((depth) => new Raw("[".repeat(depth) + "]".repeat(depth))),
  fc
    .constantFrom(2, 14, 15, 16, 17, 200, 40_000)
    .map((depth) => new Raw(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`)),
);

/** Any value where another was expected. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(...texts) },
  { weight: 3, arbitrary: fc.constantFrom<unknown>(...numbers) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, false, {}, [], [[]], [null], [{}]) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(...lone) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 20 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: nested },
);

/** Every member protocol.md 2 knows, and names that mean something to JavaScript or SQL. */
const memberNames = `profile_id tran_type tran_class cart_id cart_description cart_currency
  cart_amount return callback return_using_get paypage_lang paypage_ttl config_id alt_currency
  customer_ref plugin_info device_info customer_details shipping_details hide_shipping framed
  framed_return_top framed_return_parent framed_message_target force_full_ui payment_methods
  card_filter card_filter_title card_discounts donation_mode cart_min cart_max tokenise
  show_save_card token token_info tran_ref payment_token card_details apple_pay_token user_defined
  invoice airline_data split_payout agreement __proto__ constructor toString length then`.split(
  /\s+/,
);

const innerNames = `name email phone street1 city state country zip ip udf1 udf9 udf10 cart_name
  pan cvv expiry_month expiry_year line_items pnr_code __proto__ toJSON`.split(/\s+/);

type Mutation = (members: Members) => Members;

const replaceMember = fc.tuple(fc.nat(), hostileValue).map(([at, value]): Mutation => (members) => {
  const index = at % Math.max(members.length, 1);
  return members.map(([name, old], n) => [name, n === index ? value : old] as const);
});

const removeMember = fc.nat().map(
  (at): Mutation =>
    (members) =>
      members.filter((_, n) => n !== at % members.length),
);

const addMember = fc
  .tuple(fc.constantFrom(...memberNames), hostileValue)
  .map((member): Mutation => (members) => [...members, member]);

const addInner = fc
  .tuple(fc.constantFrom(...memberNames), fc.constantFrom(...innerNames), hostileValue)
  .map(([outer, inner, value]): Mutation => (members) => [...members, [outer, { [inner]: value }]]);

const repeatMember = fc.tuple(fc.nat(), hostileValue).map(([at, value]): Mutation => (members) => {
  const [name = "a"] = members[at % Math.max(members.length, 1)] ?? [];
  return [[name, value], ...members];
});

/** One to three changes of an object's members. */
export const mutations: fc.Arbitrary<Mutation> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: replaceMember },
      { weight: 1, arbitrary: removeMember },
      { weight: 3, arbitrary: addMember },
      { weight: 2, arbitrary: addInner },
      { weight: 1, arbitrary: repeatMember },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map(
    (list): Mutation =>
      (members) =>
        list.reduce((kept, mutate) => mutate(kept), members),
  );

/** A body that can never be a request, made of one that is. */
export const brokenText = fc
  .tuple(fc.nat(), fc.constantFrom("cut", "byte", "wrap", "tail", "quote", "comma", "empty"))
  .map(([at, way]) => (text: string): Buffer => {
    const place = 1 + (at % (text.length - 2));
    switch (way) {
      case "cut":
        return Buffer.from(text.slice(0, place));
      case "byte":
        return Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xfe])]);
      case "wrap":
        return Buffer.from(`[${text}]`);
      case "tail":
        return Buffer.from(`${text}${text}`);
      case "quote":
        return Buffer.from(text.replaceAll('"', "'"));
      case "comma":
        return Buffer.from(text.replace("}", ",}"));
      case "empty":
        return Buffer.alloc(0);
      default:
        return way satisfies never;
    }
  });

/** Bytes, JSON of any kind, or an object without the one member that says whose it is. */
export const strangeBody: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 2,
    arbitrary: fc.jsonValue({ maxDepth: 4 }).map((value) => Buffer.from(JSON.stringify(value))),
  },
  { weight: 1, arbitrary: nested.map((value) => Buffer.from(write(value))) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.tuple(fc.constantFrom(...memberNames.slice(1)), hostileValue), { maxLength: 12 })
      .map((members) => Buffer.from(writeMembers(members))),
  },
  {
    weight: 1,
    arbitrary: hostileValue.map((value) => Buffer.from(writeMembers([["profile_id", value]]))),
  },
);
