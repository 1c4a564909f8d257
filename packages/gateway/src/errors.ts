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
    when: "A refund of something that is no authorised sale or capture.",
  },
  REFUND_BALANCE_EXCEEDED: {
    status: 400,
    code: 342,
    message: "Refund balance exceeded: everything was refunded already",
    when: "A refund of a transaction of which nothing is left to refund.",
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
  INTERNAL: {
    status: 500,
    code: 400,
    message: "Internal system error",
    when: "A fault of the gateway; the log has the details under the trace.",
  },
  UNAVAILABLE: {
    status: 503,
    code: 400,
    message: "Internal system error: the database cannot be reached, try again",
    when: "The database does not answer. Nothing was written.",
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

  constructor(key: ErrorName, values: Readonly<Record<string, string>> = {}) {
    const entry = errorCatalogue[key];
    super(entry.message.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? ""));
    this.key = key;
    this.entry = entry;
    this.values = values;
  }
}
