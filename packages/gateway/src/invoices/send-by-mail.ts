import { formatAmount, type Money } from "@wasl/protocol";
import { insertMails } from "../mail/enqueue-store.ts";
import { prepareMail } from "../mail/mail.ts";
import { isMailAddress } from "../mail-address.ts";
import type { Profile } from "../profiles/profile.ts";
import type { ShopperMessage } from "./message.ts";
import type { InvoiceServices } from "./services.ts";
import type { StoredTerms } from "./terms.ts";
import type { Language } from "../http/look/document.ts";

interface Sent {
  readonly language: Language;
  readonly merchantName: string;
  readonly amount: { readonly decimal: string; readonly currency: string };
  readonly link: string;
}

/**
 * Sends the shopper what was just made for them, if the gateway sends e-mail and the request has an
 * address. The merchant has the link in any case, so a mail that cannot be written spoils nothing.
 *
 * @param about what stands in the mail's record, such as `invoice 7`
 */
export async function sendByMail(
  { pool, mail, log }: InvoiceServices,
  profile: Profile,
  {
    terms,
    amount,
    link,
    about,
  }: { terms: StoredTerms; amount: Money; link: string; about: string },
  write: (sent: Sent) => ShopperMessage,
): Promise<void> {
  const to = terms.facts.customer.email ?? "";
  if (!mail.enabled || !isMailAddress(to)) return;
  const message = write({
    language: terms.language ?? "en",
    merchantName: profile.name,
    amount: { decimal: formatAmount(amount), currency: amount.currency },
    link,
  });
  const [purpose = ""] = about.split(" ");
  try {
    const prepared = prepareMail({ profileId: profile.profileId, about, purpose, to, ...message });
    await insertMails(pool, [prepared]);
    mail.handOver();
  } catch (error) {
    log.error({ err: error, about }, "an e-mail could not be written");
  }
}
