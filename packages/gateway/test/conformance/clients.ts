/**
 * How shipped clients read what a gateway sends them, restated as pure functions from the facts in
 * protocol.md (4, 4.2, 6.6, 8.5, 10.1, 12.1). No code of theirs and none of the gateway's is used.
 * The names are those of protocol.md, section 0.
 */

/** A reply as it came, before any client's HTTP library has had its way with it. */
export interface Reply {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
}

/** What a client takes a reply for. */
export type Reading =
  | { readonly kind: "redirect"; readonly url: string }
  | { readonly kind: "completed"; readonly status: string; readonly message: string }
  | { readonly kind: "list"; readonly length: number }
  | { readonly kind: "refused"; readonly message: string }
  /** It knows no such reply, or falls over it. */
  | { readonly kind: "broken"; readonly why: string };

/** How a payment ended, in the eyes of a shop. */
export type Verdict = "success" | "failure" | "waiting";

type Json = Readonly<Record<string, unknown>>;

const broken = (why: string): Reading => ({ kind: "broken", why });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** PHP's `empty` and Python's falsehood agree on these. */
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || value === 0 || value === false;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** `payment_result` as most clients read it: without looking whether it is whole. */
function completed({ payment_result: result }: Json): Reading {
  if (!isObject(result)) return broken("payment_result is missing");
  const { response_status: status, response_message: message } = result;
  if (typeof status !== "string" || typeof message !== "string") {
    return broken("payment_result has no status or no message");
  }
  return { kind: "completed", status, message };
}

/** SDK v3: `Helpers::responseStage` (4.2); a list is its `CompletedArray` (10.2). */
export function sdkStage({ text }: Reply): Reading {
  const body = parse(text);
  if (Array.isArray(body)) return { kind: "list", length: body.length };
  if (!isObject(body)) return broken("not JSON");
  const { code } = body;
  if (code !== undefined && !Number.isInteger(code)) return broken("code is no integer");
  if (typeof code === "number" && code > 0) {
    return { kind: "refused", message: textOf(body["message"]) };
  }
  if (!isEmpty(body["tran_ref"]) && !isEmpty(body["redirect_url"])) {
    return { kind: "redirect", url: textOf(body["redirect_url"]) };
  }
  return body["payment_result"] === undefined ? broken("unknown stage") : completed(body);
}

/** CORE: `enhance`. Any `code` at all is a failure, 0 included (3.1, 4.2). */
export function coreEnhance({ text }: Reply): Reading {
  const body = parse(text);
  if (!isObject(body)) return broken("not JSON");
  if (body["code"] !== undefined) return { kind: "refused", message: textOf(body["message"]) };
  if (!isEmpty(body["redirect_url"]))
    return { kind: "redirect", url: textOf(body["redirect_url"]) };
  return completed(body);
}

/** GP: `->json()` declared to return an array, so that no JSON is a TypeError (4). */
export function gpJson(reply: Reply): Reading {
  const body = parse(reply.text);
  if (typeof body !== "object" || body === null) return broken("TypeError: not an array");
  return Array.isArray(body) ? { kind: "list", length: body.length } : sdkStage(reply);
}

/** DEVIN: throws on anything but 2xx; without `payment_result` a query has failed (4, 10.1). */
export function devinReply({ status, text }: Reply): Reading {
  const body = parse(text);
  if (!isObject(body)) return broken("not JSON");
  if (status < 200 || status > 299) return { kind: "refused", message: textOf(body["message"]) };
  if (!isEmpty(body["redirect_url"]))
    return { kind: "redirect", url: textOf(body["redirect_url"]) };
  return completed(body);
}

/** CPODOO: `message` of an HTTP error; of a reply it looks at `error`, never at `code` (4). */
export function odooReply({ status, text }: Reply): Reading {
  const body = parse(text);
  if (!isObject(body)) return broken("not JSON");
  if (status >= 400 || !isEmpty(body["error"])) {
    const message = textOf(body["message"]);
    return message === "" ? broken("an error without a message") : { kind: "refused", message };
  }
  if (!isEmpty(body["redirect_url"]))
    return { kind: "redirect", url: textOf(body["redirect_url"]) };
  return completed(body);
}

/** CPNODE and PTNODE: of anything but 2xx only `message` is left (4). */
export function nodeReply({ status, text }: Reply): Reading {
  const body = parse(text);
  if (!isObject(body)) return broken("not JSON");
  if (status < 200 || status > 299) {
    const message = textOf(body["message"]);
    return message === "" ? broken("an error without a message") : { kind: "refused", message };
  }
  return sdkStage({ status, text, contentType: null });
}

/** Every client that asks for pages, by its name in protocol.md. */
export const replyReaders: Readonly<Record<string, (reply: Reply) => Reading>> = {
  SDK: sdkStage,
  CORE: coreEnhance,
  GP: gpJson,
  DEVIN: devinReply,
  CPODOO: odooReply,
  CPNODE: nodeReply,
};

/** SDK `TranStatus` and CORE: A only is success, H and P are neither, all else is failure (12.1). */
export function verdictOf(status: string): Verdict {
  if (status === "A") return "success";
  return status === "H" || status === "P" ? "waiting" : "failure";
}

/** CPODOO knows three ends only: completed, cancelled, failed (8.5). */
export function odooState(status: string): "done" | "cancel" | "error" {
  return status === "A" ? "done" : status === "C" ? "cancel" : "error";
}

/** A Return as the shop's server gets it. */
export interface ReturnRequest {
  readonly method: string;
  readonly fields: URLSearchParams;
}

type ReturnReading =
  | { readonly ok: true; readonly tranRef: string; readonly next: "status page" | "shop" | "query" }
  | { readonly ok: false; readonly why: string };

/** CPWOO and PTWOO read four fields and lead the shopper on; the order is the Callback's (6.6). */
export function wooReturn({ method, fields }: ReturnRequest, genuine: boolean): ReturnReading {
  if (method !== "POST") return { ok: false, why: "no POST" };
  if (!genuine) return { ok: false, why: "not genuine" };
  for (const name of ["tranRef", "cartId", "respStatus", "respMessage"]) {
    if (isEmpty(fields.get(name))) return { ok: false, why: `${name} is missing` };
  }
  return { ok: true, tranRef: fields.get("tranRef") ?? "", next: "status page" };
}

/** PTOC, PTWHMCS, CPPHP and DEVIN need `tranRef` and ask the gateway then (6.6). */
export function queryingReturn({ method, fields }: ReturnRequest): ReturnReading {
  const tranRef = fields.get("tranRef") ?? "";
  if (method !== "POST" || tranRef === "") return { ok: false, why: "no tranRef by POST" };
  return { ok: true, tranRef, next: "query" };
}

/** CPODOO verifies nothing: A leads to the status page, all else back to the shop (6.6). */
export function odooReturn({ fields }: ReturnRequest): ReturnReading {
  const next = fields.get("respStatus") === "A" ? "status page" : "shop";
  return { ok: true, tranRef: fields.get("tranRef") ?? "", next };
}

/** SDK `BrowserAsPost`: ten texts, never null (6.6). The names it misses. */
export function sdkReturnGaps({ fields }: ReturnRequest): string[] {
  return [
    "acquirerMessage",
    "acquirerRRN",
    "cartId",
    "customerEmail",
    "respCode",
    "respMessage",
    "respStatus",
    "signature",
    "token",
    "tranRef",
  ].filter((name) => !fields.has(name));
}

/**
 * SDK's typed mapper, which LSDK hands every notice to (7.2): a fault is silent in a live shop, the
 * notice is answered with 200 and lost. The paths it cannot map.
 */
export function sdkNoticeFaults(body: unknown): string[] {
  if (!isObject(body)) return ["the body"];
  const integers = new Set(["merchant_id", "profile_id", "invoice_id", "expiryMonth"]);
  for (const name of ["expiryYear", "responseLevel", "responseStatus"]) integers.add(name);
  const faults: string[] = [];
  const look = (value: unknown, name: string, path: string): void => {
    if (isObject(value)) {
      for (const [key, member] of Object.entries(value)) look(member, key, `${path}.${key}`);
    } else if (integers.has(name) ? !Number.isInteger(value) : typeof value !== "string") {
      faults.push(path);
    }
  };
  for (const [name, value] of Object.entries(body)) look(value, name, name);
  const needed = ["tran_ref", "merchant_id", "profile_id", "cart_id", "cart_currency"];
  needed.push("cart_amount", "tran_type", "tran_class", "customer_details", "payment_result");
  needed.push("payment_info", "ipn_trace", "paymentChannel", "tran_currency", "tran_total");
  return [...faults, ...needed.filter((name) => !(name in body))];
}

/** PTPKG decodes with PHP's depth 3 and gets null of anything deeper (7). */
export function phpDecodes(body: string, depth: number): boolean {
  const depthOf = (value: unknown): number =>
    typeof value === "object" && value !== null
      ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
      : 0;
  return depthOf(parse(body)) <= depth;
}

/** LSDK: notices with the same key are one; older than an hour they are dropped (8.3). */
export function laravelIdentity(body: Json): string {
  return [body["profile_id"], body["ipn_trace"], body["tran_ref"]].map(String).join("|");
}

export function laravelFresh(body: Json, now: Date): boolean {
  const { payment_result: result } = body;
  const time = isObject(result) ? Date.parse(textOf(result["transaction_time"])) : Number.NaN;
  return Math.abs(now.getTime() - time) <= 3_600_000;
}

export interface Order {
  readonly total: string;
  readonly currency: string;
}

/** CPWOO's IPN handler: the amount within 0.001, the currency in any letter case (8.5). */
export function wooTotalFits(body: Json, order: Order): boolean {
  const total = Number.parseFloat(textOf(body["tran_total"]));
  const sameCurrency = textOf(body["tran_currency"]).toLowerCase() === order.currency.toLowerCase();
  return sameCurrency && Math.abs(total - Number.parseFloat(order.total)) < 0.001;
}

/** An order as CPWOO's IPN handler finds it. */
export interface WooOrder extends Order {
  /** Reference of the `Payment Request` it waits for, if it does. */
  readonly awaited?: string;
}

/** CPWOO's IPN handler: what it does to the order; any other type it leaves alone (8.5). */
export function wooIpn(
  body: Json,
  order: WooOrder,
): "settle" | "capture" | "void" | "refund" | "refuse" | "ignore" {
  const { payment_result: result, previous_tran_ref: previous } = body;
  if (!isObject(result)) throw new Error("payment_result is missing");
  if (result["response_status"] !== "A") return "ignore";
  const whole = (what: "settle" | "capture" | "void") =>
    wooTotalFits(body, order) ? what : "refuse";
  switch (textOf(body["tran_type"]).toLowerCase()) {
    case "sale":
      return previous !== undefined && previous === order.awaited ? whole("settle") : "ignore";
    case "capture":
      return whole("capture");
    case "void":
    case "release":
      return whole("void");
    case "refund":
      return "refund";
    default:
      return "ignore";
  }
}

/** CPWOO's callback: what it writes into the order (8.5). */
export function wooCallback(body: Json): { verdict: Verdict; note: string; cart: string } {
  const { payment_result: result } = body;
  if (!isObject(result)) throw new Error("payment_result is missing");
  const { response_status: status, response_code: code, response_message: message } = result;
  if (typeof code !== "string") throw new Error("response_code is no text");
  const verdict = verdictOf(textOf(status));
  return { verdict, note: `${code} ${textOf(message)}`, cart: textOf(body["cart_id"]) };
}

/** PTWHMCS: asks up to 20 times for `udf1`, then takes amount and invoice from the query (6.6). */
export function whmcsPayment(
  query: Json,
): { amount: number; currency: string; invoice: string } | "ask again" {
  const { user_defined: given } = query;
  if (!isObject(given) || isEmpty(given["udf1"])) return "ask again";
  return {
    amount: Number.parseFloat(textOf(query["tran_total"])),
    currency: textOf(query["tran_currency"]),
    invoice: textOf(query["cart_id"]),
  };
}

/** CPWOO `saveToken`: what it keeps of a card (10.1). */
export function wooSavedCard(query: Json): {
  scheme: string;
  lastFour: string;
  month: unknown;
  year: string;
} {
  const { payment_info: card } = query;
  if (!isObject(card)) throw new Error("payment_info is missing");
  return {
    scheme: textOf(card["card_scheme"]),
    lastFour: textOf(card["payment_description"]).slice(-4),
    month: card["expiryMonth"],
    year: String(card["expiryYear"]).slice(-2),
  };
}

/** CORE `enhanceRefund` and GP: A has refunded, P has not yet (5). */
export function refundReading(body: Json): { verdict: Verdict; tranRef: string; message: string } {
  const { payment_result: result } = body;
  if (!isObject(result)) throw new Error("payment_result is missing");
  return {
    verdict: verdictOf(textOf(result["response_status"])),
    tranRef: textOf(body["tran_ref"]),
    message: textOf(result["response_message"]),
  };
}
