/** A request as a shipped client sends it: protocol.md 1.4, one habit at least. */
export interface GoldenRequest {
  /** Who sends it, by its name in protocol.md. */
  readonly client: string;
  readonly habit: Habit;
  readonly body: Readonly<Record<string, unknown>>;
  /** In place of `content-type: application/json`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  /** Members of the reply that show the habit was understood. */
  readonly reply?: object;
}

/** The rows of protocol.md 1.4 that are page creations. */
export const habits = [
  "no content type, or curl's own",
  "a misspelt content type",
  "cart_amount as text",
  "a lower-case currency",
  "no tran_class",
  "profile_id as text",
  "null and empty addresses",
  "empty details",
  "both frame returns",
  "frame members unused",
  "tokenise as text",
  "unknown members",
  "methods: all, aliases, exclusions",
  "methods by other names",
  "alpha-3 countries",
  "null page options",
  "expiry as text",
  "doubled slashes",
  "cookies and Accept",
] as const;

export type Habit = (typeof habits)[number];

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

const urls = {
  callback: "https://shop.example/callback",
  return: "https://shop.example/return",
};

/** The WooCommerce, OpenCart and Magento plugins: CORE's holder, with all it fills in. */
const core = {
  profile_id: 45001,
  tran_type: "sale",
  tran_class: "ecom",
  payment_methods: ["all"],
  cart_id: "1207",
  cart_currency: "SAR",
  cart_amount: 310.5,
  cart_description: "Two novels (1), Notebook (2)",
  customer_details: { ...customer, ip: "203.0.113.9" },
  shipping_details: { ...customer, ip: "203.0.113.9" },
  hide_shipping: false,
  framed: false,
  ...urls,
  paypage_lang: "ar",
  plugin_info: { cart_name: "WooCommerce", cart_version: "9.4.2", plugin_version: "3.8.0" },
};

const sdk = {
  profile_id: 45001,
  tran_type: "sale",
  tran_class: "ecom",
  cart_id: "sdk-1",
  cart_currency: "SAR",
  cart_amount: 100,
  cart_description: "basket",
  customer_details: customer,
  ...urls,
  plugin_info: { cart_name: "PHP SDK", cart_version: "8.3", plugin_version: "3.0.0" },
};

const omni = {
  profile_id: "45001",
  tran_type: "sale",
  cart_id: "omni-1",
  cart_currency: "sar",
  cart_amount: "12.00",
  cart_description: "basket",
  customer_details: { name: "Sara Ali", email: "sara@example.com", phone: null, street1: "" },
  ...urls,
};

const sample = {
  profile_id: "45001",
  tran_type: "sale",
  tran_class: "ecom",
  cart_id: "cart_22222",
  cart_currency: "SAR",
  cart_amount: "950",
  cart_description: "Dummy order",
  paypage_lang: "en",
  customer_details: customer,
  ...urls,
};

const odoo = {
  profile_id: 45001,
  tran_type: "sale",
  tran_class: "ecom",
  cart_id: "S00042-1",
  cart_currency: "SAR",
  cart_amount: "500.0",
  cart_description: "S00042",
  ...urls,
  customer_details: { ...customer, state: "Riyadh", zip: "" },
};

const whmcs = {
  ...core,
  cart_id: "31",
  callback: null,
  paypage_lang: "",
  user_defined: { udf1: "1.0" },
  plugin_info: { cart_name: "WHMCS", cart_version: "8.10", plugin_version: "3.2.0" },
};

export const goldenRequests: readonly GoldenRequest[] = [
  {
    client: "SDK",
    habit: "no content type, or curl's own",
    headers: {},
    body: sdk,
    reply: { cart_amount: "100.00", paymentChannel: "PHP SDK" },
  },
  {
    client: "OMNI",
    habit: "no content type, or curl's own",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: { ...omni, tran_class: "ecom" },
    reply: { cart_amount: "12.00", cart_currency: "SAR" },
  },
  {
    client: "CPODOO",
    habit: "a misspelt content type",
    headers: { "content-type": "applicationn/json" },
    body: odoo,
    reply: { cart_amount: "500.00" },
  },
  {
    client: "CPODOO",
    habit: "a misspelt content type",
    headers: { "content-type": "applicationn/json" },
    body: { ...odoo, payment_methods: ["applepay"] },
    reply: { cart_amount: "500.00" },
  },
  {
    client: "CPPHP",
    habit: "cart_amount as text",
    body: sample,
    reply: { cart_amount: "950.00", cart_currency: "SAR" },
  },
  {
    client: "CPODOO",
    habit: "cart_amount as text",
    body: { ...odoo, cart_amount: "1234.5" },
    reply: { cart_amount: "1234.50" },
  },
  {
    client: "OMNI",
    habit: "a lower-case currency",
    body: { ...omni, cart_currency: "aed", cart_amount: "7" },
    reply: { cart_currency: "AED", cart_amount: "7.00" },
  },
  { client: "OMNI", habit: "no tran_class", body: omni, reply: { tran_type: "Sale" } },
  {
    client: "CPNODE",
    habit: "profile_id as text",
    body: { ...sample, cart_amount: 100, user_defined: { package: "node.js PT2 V2.0.0" } },
    reply: { profileId: 45001 },
  },
  {
    client: "PTWHMCS",
    habit: "null and empty addresses",
    body: whmcs,
    reply: { callback: "none", return: urls.return, user_defined: { udf1: "1.0" } },
  },
  {
    client: "CPPHP",
    habit: "null and empty addresses",
    body: { ...sample, callback: "", return: null },
    reply: { callback: "none", return: "none" },
  },
  {
    client: "CPNODE",
    habit: "empty details",
    body: { ...sample, customer_details: {}, shipping_details: {}, user_defined: {} },
    reply: { customer_details: {} },
  },
  {
    client: "DEVIN",
    habit: "empty details",
    body: {
      ...sdk,
      customer_details: { ...customer, phone: null, street1: "", zip: null },
      shipping_details: { name: null, email: null, street1: null },
    },
    reply: { customer_details: { name: "Sara Ali", country: "SA" } },
  },
  {
    client: "SDK",
    habit: "empty details",
    body: { ...sdk, customer_details: { name: "", email: "" }, shipping_details: null },
    reply: { customer_details: {} },
  },
  {
    client: "CPODOO",
    habit: "both frame returns",
    body: { ...odoo, framed: true, framed_return_top: true, framed_return_parent: true },
  },
  {
    client: "SDK",
    habit: "frame members unused",
    body: { ...sdk, framed: false, framed_message_target: null, force_full_ui: false },
  },
  {
    client: "OMNI",
    habit: "tokenise as text",
    body: { ...omni, tokenise: "2" },
  },
  {
    client: "CORE",
    habit: "unknown members",
    body: { ...core, plugin_info: { ...core.plugin_info, php_version: "8.3" }, whatever: [1] },
    reply: { paymentChannel: "WooCommerce", shipping_details: { country: "SA" } },
  },
  {
    client: "CORE",
    habit: "methods: all, aliases, exclusions",
    body: core,
    reply: { cart_amount: "310.50" },
  },
  {
    client: "SDK",
    habit: "methods: all, aliases, exclusions",
    body: { ...sdk, payment_methods: ["any", "-tabby", "-apple"] },
  },
  {
    client: "SDK",
    habit: "methods by other names",
    body: { ...sdk, payment_methods: ["card"] },
  },
  {
    client: "SDK",
    habit: "methods by other names",
    body: { ...sdk, cart_currency: "EGP", payment_methods: ["amaninstallment", "installments"] },
    reply: { cart_currency: "EGP" },
  },
  ...["ARE", "SAU", "KSA"].map((country): GoldenRequest => ({
    client: "CPPHP",
    habit: "alpha-3 countries",
    body: { ...sample, customer_details: { ...customer, country } },
    reply: { customer_details: { country: country === "ARE" ? "AE" : "SA" } },
  })),
  {
    client: "SDK",
    habit: "null page options",
    body: { ...sdk, alt_currency: null, config_id: null, hide_shipping: true },
  },
  {
    client: "CPPHP",
    habit: "expiry as text",
    body: {
      ...sample,
      card_details: {
        pan: "4111111111111111",
        cvv: "123",
        expiry_month: "12",
        expiry_year: "2030",
      },
    },
    reply: { payment_result: { response_status: "A" } },
  },
  {
    client: "DEVIN",
    habit: "doubled slashes",
    path: "//payment/request",
    body: sdk,
  },
  {
    client: "DEVIN",
    habit: "doubled slashes",
    path: "/payment//request/",
    body: sdk,
  },
  {
    client: "CPODOO",
    habit: "cookies and Accept",
    headers: {
      "content-type": "application/json",
      cookie: "session_id=0f3a; frontend_lang=ar_001",
      accept: "text/html, */*",
      "accept-encoding": "gzip, deflate",
    },
    body: odoo,
  },
];
