/** What whoever writes mails needs to know of the sending. */
export interface MailOutbox {
  /** Whether this gateway sends e-mails at all; without a mail server none is written. */
  readonly enabled: boolean;
  /** Mails have committed, never before: this node looks for them at once. */
  handOver(): void;
}

/** No mail server is configured. */
export const noMail: MailOutbox = { enabled: false, handOver: () => undefined };
