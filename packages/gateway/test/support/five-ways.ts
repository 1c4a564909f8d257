import type { ReceivedMail } from "./mail-server.ts";

/** What a way of telling the merchant says of an outcome; absent: this way does not carry it. */
export interface Telling {
  readonly tranRef?: string | undefined;
  readonly previousTranRef?: string | undefined;
  readonly tranType?: string | undefined;
  readonly cartId?: string | undefined;
  readonly status?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly cartAmount?: string | undefined;
  readonly total?: string | undefined;
  readonly currency?: string | undefined;
  /** Method and masked number, or a method without a card; `none` when nothing was charged. */
  readonly card?: string | undefined;
  readonly time?: string | undefined;
  readonly ipnTrace?: string | undefined;
}

/** Callback, IPN, query by reference and the direct reply name their members alike. */
// oxlint-disable-next-line typescript/no-explicit-any
export function tellingOfJson(body: any): Telling {
  const info = body.payment_info;
  return {
    tranRef: body.tran_ref,
    previousTranRef: body.previous_tran_ref,
    tranType: body.tran_type,
    cartId: body.cart_id,
    status: body.payment_result.response_status,
    code: body.payment_result.response_code,
    message: body.payment_result.response_message,
    cartAmount: body.cart_amount,
    total: body.tran_total,
    currency: body.tran_currency,
    card: info && cardOf(info.payment_method, info.payment_description),
    time: body.payment_result.transaction_time,
    ipnTrace: body.ipn_trace,
  };
}

const cardOf = (method: string | undefined, description: string): string =>
  method === undefined ? "none" : method === description ? method : `${method} ${description}`;

/** The form the browser posts (protocol.md 6.2). */
export function tellingOfReturn(fields: URLSearchParams): Telling {
  const field = (name: string) => fields.get(name) ?? "";
  return {
    tranRef: field("tranRef"),
    cartId: field("cartId"),
    status: field("respStatus"),
    code: field("respCode"),
    message: field("respMessage"),
  };
}

/** How the first line begins; what begins with another one comes before it. */
const typesInWords: Readonly<Record<string, string>> = {
  "Payment request": "Payment Request",
  "Card verification": "Register",
  "Extension of the authorisation": "AuthExt",
  Payment: "Sale",
  Authorisation: "Auth",
  Refund: "Refund",
  Capture: "Capture",
  Void: "Void",
  Release: "Release",
};

/** An e-mail in English, read from its text; codes are for the merchant only. */
export function tellingOfMail({ text }: ReceivedMail): Telling {
  const lines = text.split("\n");
  const row = (label: string): string | undefined => {
    const line = lines.find((candidate) => candidate.startsWith(`${label}: `));
    return line?.slice(label.length + 2).replaceAll(/[\u2066\u2068\u2069]/g, "");
  };
  const [currency, total] = (row("Amount") ?? "").split("\u00A0");
  return {
    tranRef: row("Reference"),
    previousTranRef: row("Follows"),
    tranType: Object.entries(typesInWords).find(([words]) =>
      lines[0]?.startsWith(`${words} `),
    )?.[1],
    cartId: row("Order"),
    status: row("Status")?.slice(0, 1),
    code: row("Code"),
    message: row("Message"),
    total,
    currency,
    card: row("Card") ?? row("Way to pay") ?? "none",
    time: row("Time")?.replace(" UTC", "Z").replace(" ", "T"),
  };
}

/** Members of which two ways say different things, with what each says. */
export function disagreements(ways: Readonly<Record<string, Telling>>): string[] {
  const members = new Set(Object.values(ways).flatMap((telling) => Object.keys(telling)));
  return [...members].flatMap((member) => {
    const said = Object.entries(ways)
      .map(([way, telling]) => [way, telling[member as keyof Telling]] as const)
      .filter(([, value]) => value !== undefined);
    const differs = new Set(said.map(([, value]) => value)).size > 1;
    return differs ? [`${member}: ${said.map((pair) => pair.join(" says ")).join(", ")}`] : [];
  });
}
