import type { StatusLetter } from "@wasl/protocol";

/** Who gets an e-mail about a profile's transactions. */
export interface MailSettings {
  /** `null`: the merchant gets none. */
  readonly merchant: {
    readonly address: string;
    /** After which outcomes; `null`: after every one. */
    readonly statuses: readonly StatusLetter[] | null;
  } | null;
  /** `null`: shoppers get none. */
  readonly shopper: {
    /** After which outcomes; `null`: after those of {@link shopperStatuses}. */
    readonly statuses: readonly StatusLetter[] | null;
  } | null;
  /** Of e-mails to the merchant, and to shoppers whose language is not known. */
  readonly language: "en" | "ar";
}

/** A shopper who was declined or gave up knows it from the page; nothing is to be kept of it. */
export const shopperStatuses: readonly StatusLetter[] = ["A", "H", "P", "V"];
