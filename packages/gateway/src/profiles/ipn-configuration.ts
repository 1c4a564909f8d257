import type { StatusLetter } from "@wasl/protocol";

/**
 * What an IPN can be told of, as configurations name it: the `tran_type` of the message in lower
 * case, blanks as underscores (protocol.md 7.2, 8.2).
 */
export const ipnTranTypes = [
  "sale",
  "auth",
  "capture",
  "refund",
  "void",
  "release",
  "register",
  "authext",
  "payment_request",
] as const;

export type IpnTranType = (typeof ipnTranTypes)[number];

/** `default_web`: the whole message of protocol.md 7.1. `basic_web`: who, how much, what came of it. */
export const ipnFormats = ["default_web", "basic_web"] as const;

export type IpnFormat = (typeof ipnFormats)[number];

/** How many configurations a profile may have: each is one more message for every payment. */
export const ipnConfigurationsMax = 10;

/** An address of the merchant's that is told of the profile's transactions (protocol.md 8.2). */
export interface IpnConfiguration {
  readonly ipnId: string;
  readonly name: string;
  /** As `checkDestination` returned it. */
  readonly url: string;
  /** `null`: of every type. */
  readonly tranTypes: readonly IpnTranType[] | null;
  /** `null`: whatever came of it. */
  readonly statuses: readonly StatusLetter[] | null;
  readonly format: IpnFormat;
  /** `null`: the gateway's own. */
  readonly userAgent: string | null;
  /** Beside those every IPN has. */
  readonly headers: Readonly<Record<string, string>>;
  readonly enabled: boolean;
}

/** A configuration as it is kept. */
export interface KeptIpnConfiguration extends IpnConfiguration {
  readonly createdAt: Date;
  readonly changedAt: Date;
}
