export * from "./cards.ts";
export * from "./currencies.ts";
export * from "./form-encoding.ts";
export * from "./money.ts";
export * from "./response-codes.ts";
export * from "./return-signature.ts";
export * from "./statuses.ts";
export * from "./traces.ts";
