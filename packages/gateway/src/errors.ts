/**
 * Every error a merchant's API call can get, in one place. `docs/errors.md` is held equal to it.
 * `code` is PT2's number, `status` the HTTP status (protocol.md section 4); `{field}` and the like
 * are filled in when the error is raised.
 */
export const errorCatalogue = {
  AUTHENTICATION_FAILED: {
    status: 401,
    code: 1,
    message: "Authentication failed. Check authentication header.",
    when: "The server key is missing, unknown, or not this profile's.",
  },
  PROFILE_ID_MISSING: {
    status: 400,
    code: 2,
    message: "No merchant information was found in the request: profile_id {rule}",
    when: "profile_id is missing or is not a whole number.",
  },
  NOT_JSON: {
    status: 400,
    code: 2,
    message: "Invalid request: the body must be a JSON object; {rule}",
    when: "The body is empty, is not JSON, is not an object, or is nested too deeply.",
  },
  NOT_HTTP: {
    status: 400,
    code: 2,
    message: "Invalid request: it is not valid HTTP/1.1",
    when: "The bytes that came are no HTTP request.",
  },
  REQUEST_TIMEOUT: {
    status: 408,
    code: 2,
    message: "Invalid request: it was not complete within {seconds} s",
    when: "The request took too long to arrive.",
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    code: 2,
    message: "Invalid request: its headers are too large",
    when: "The request's line and headers are above 16 KiB.",
  },
  BODY_TOO_LARGE: {
    status: 413,
    code: 2,
    message: "Invalid request: the body is larger than {limit} bytes",
    when: "The body is above the limit.",
  },
  INVALID_FIELD: {
    status: 400,
    code: 2,
    message: "Invalid request: {field} {rule}",
    when: "A member is missing or breaks a rule; the message names both.",
  },
  NOT_POST: {
    status: 400,
    code: 2,
    message: "Invalid request: {path} takes POST only",
    when: "An API path is called with another method.",
  },
  UNKNOWN_PATH: {
    status: 404,
    code: 2,
    message: "Invalid request: there is no {path} here",
    when: "The API has no such path.",
  },
  DUPLICATE_REQUEST: {
    status: 409,
    code: 4,
    message:
      "Duplicate Request: cart_id was sent with the same cart_amount and cart_currency " +
      "less than {seconds} s ago, as {tranRef}",
    when: "A payment of the same cart, amount and currency was made within the profile's window.",
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    code: 5,
    message: "Too many requests: more than {limit} in a minute, try again in {seconds} s",
    when: "The profile made more calls that create something in this minute than it may.",
  },
  NOT_SUPPORTED: {
    status: 400,
    code: 112,
    message: "Method/Class/Currency combination not supported: {rule}",
    when: "No enabled method fits the transaction type, class and currency.",
  },
  TRANSACTION_NOT_FOUND: {
    status: 400,
    code: 113,
    message: "ErrorCode = 2000, Transaction not found",
    when: "The profile has no transaction with this tran_ref.",
  },
  CURRENCY_NOT_ENABLED: {
    status: 400,
    code: 206,
    message: "Invalid currency code: cart_currency {rule}",
    when: "The currency is unknown or not enabled on the profile.",
  },
  AMOUNT_ABOVE_BALANCE: {
    status: 400,
    code: 118,
    message: "The amount is greater than the available balance: {rule}",
    when: "A capture, void, release or refund asks for more than is left of what it follows.",
  },
  REFUND_NOT_AVAILABLE: {
    status: 400,
    code: 322,
    message: "Refund not available for this transaction: {rule}",
    when: "A refund of something that is no authorised sale or capture, or of a method without refunds.",
  },
  REFUND_BALANCE_EXCEEDED: {
    status: 400,
    code: 342,
    message: "Refund balance exceeded: everything was refunded already",
    when: "A refund of a transaction of which nothing is left to refund.",
  },
  INVOICE_NOT_FOUND: {
    status: 400,
    code: 2,
    message: "Invoice not found",
    when: "The profile has no invoice with this invoice_id.",
  },
  INVOICE_PAID: {
    status: 400,
    code: 2,
    message: "Invoice already paid",
    when: "A paid invoice is to be cancelled or paid again.",
  },
  INVOICE_CANCELLED: {
    status: 400,
    code: 2,
    message: "Invoice already cancelled",
    when: "A cancelled invoice is to be marked as paid.",
  },
  INVOICE_EXPIRED: {
    status: 400,
    code: 2,
    message: "Invoice expiry date has passed",
    when: "An invoice is to be created with an expiry_date that is over.",
  },
  INVOICE_BUSY: {
    status: 409,
    code: 2,
    message: "Invoice has a payment under way ({payment}); try again when it has ended",
    when: "A shopper's payment of the invoice is with the bank, or awaited; nothing was changed.",
  },
  LINK_EXPIRED: {
    status: 400,
    code: 2,
    message: "Payment link expiry date has passed",
    when: "A payment link is to be created with an expiry_date that is over.",
  },
  SMS_NOT_OFFERED: {
    status: 400,
    code: 2,
    message: "SMS not sent: this gateway has no SMS provider; send the invoice_link yourself",
    when: "An invoice is to be sent by SMS.",
  },
  CARD_NUMBER: {
    status: 400,
    code: 200,
    message: "Invalid card number: {rule}",
    when: "A card number has a wrong length or a wrong digit, or is no test card in the sandbox.",
  },
  VAULT: {
    status: 503,
    code: 400,
    message: "Internal system error: the stored card cannot be opened on this node",
    when: "The vault lacks the key of a stored card, or the card was damaged; the log says which.",
  },
  OPERATOR_TOKEN: {
    status: 401,
    code: 1,
    message: "Authentication failed. Send the operators' token as Authorization: Bearer …",
    when: "A call of the operators' API has no token, or another one; or none is configured.",
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    code: 4,
    message: "Duplicate request: this Idempotency-Key was used for another request",
    when: "An operator repeats a key with another body. The first request stands.",
  },
  REDELIVERY_NOT_FOUND: {
    status: 404,
    code: 2,
    message: "Invalid request: there is no such redelivery",
    when: "No redelivery has this id.",
  },
  PROFILE_NOT_FOUND: {
    status: 404,
    code: 2,
    message: "Invalid request: there is no profile {profile}",
    when: "An operator names a profile that does not exist.",
  },
  API_CALL_NOT_FOUND: {
    status: 404,
    code: 2,
    message: "Invalid request: there is no such API call in the log",
    when: "No logged API call has this id, or its day is past the retention.",
  },
  IPN_NOT_FOUND: {
    status: 404,
    code: 2,
    message: "Invalid request: the profile has no such IPN configuration, or no such test of it",
    when: "An operator names an IPN configuration, or a test of one, that does not exist.",
  },
  IPN_CONFIGURATIONS_FULL: {
    status: 409,
    code: 2,
    message: "Invalid request: a profile has at most {max} IPN configurations",
    when: "An operator adds one more. Each is a message more for every payment.",
  },
  MAIL_OFF: {
    status: 409,
    code: 2,
    message: "Invalid request: this gateway sends no e-mail: set WASL_SMTP_URL and WASL_MAIL_FROM",
    when: "An operator wants an e-mail sent, and no mail server is configured.",
  },
  INTERNAL: {
    status: 500,
    code: 400,
    message: "Internal system error",
    when: "A fault of the gateway; the log has the details under the trace.",
  },
  STOPPING: {
    status: 503,
    code: 400,
    message: "Internal system error: this node is stopping, try again",
    when: "The node takes no more calls. Nothing was written.",
  },
  UNAVAILABLE: {
    status: 503,
    code: 400,
    message: "Internal system error: the database cannot be reached, query before you repeat",
    when: "The database does not answer. Whether something was written is not known.",
  },
} as const satisfies Record<string, ErrorEntry>;

interface ErrorEntry {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly when: string;
}

export type ErrorName = keyof typeof errorCatalogue;

/**
 * An error meant for the caller.
 *
 * @example throw new ApiError("INVALID_FIELD", { field: "cart_id", rule: "is required" });
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly key: ErrorName;
  readonly entry: ErrorEntry;
  /** What was filled in, by name: the faulty field, the rule it breaks. */
  readonly values: Readonly<Record<string, string>>;
  /** For the `Retry-After` header, in whole seconds. */
  readonly retryAfterS: number | undefined;

  constructor(
    key: ErrorName,
    values: Readonly<Record<string, string>> = {},
    { retryAfterS }: { readonly retryAfterS?: number } = {},
  ) {
    const entry = errorCatalogue[key];
    super(entry.message.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? ""));
    this.key = key;
    this.entry = entry;
    this.values = values;
    this.retryAfterS = retryAfterS;
  }
}
