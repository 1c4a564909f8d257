import { randomInt } from "node:crypto";
import { ApiError } from "../errors.ts";
import { requestPayment } from "../payment-requests/request-payment.ts";
import type { Profile } from "../profiles/profile.ts";
import { inboxUrl, newInboxId } from "./inbox.ts";
import { openInbox } from "./inbox-store.ts";
import {
  asApiBody,
  type FormError,
  formErrorOf,
  missingAddress,
  type PaymentForm,
  requestMembers,
} from "./payment-form.ts";
import type { SandboxServices } from "./services.ts";

export type TestPaymentResult =
  | { readonly ok: true; readonly tranRef: string }
  | { readonly ok: false; readonly error: FormError };

/** Creates a payment just as a shop's server would, with an inbox of its own for the answers. */
export async function createTestPayment(
  services: SandboxServices,
  profile: Profile,
  form: PaymentForm,
): Promise<TestPaymentResult> {
  const missing = missingAddress(form);
  if (missing !== undefined) return { ok: false, error: missing };
  const { profileId } = profile;
  const inboxId = newInboxId(profileId);
  const members = requestMembers(form, {
    return: inboxUrl(services.publicUrl(), inboxId, "return"),
    callback: inboxUrl(services.publicUrl(), inboxId, "callback"),
  });
  try {
    const page = await requestPayment(services, profile, asApiBody(members));
    const tranRef = String(page["tran_ref"]);
    if (form.returnTo === "inbox" || form.callbackTo === "inbox") {
      await openInbox(services.pool, { profileId, inboxId }, tranRef);
    }
    return { ok: true, tranRef };
  } catch (error) {
    if (error instanceof ApiError && error.entry.status < 500) {
      return { ok: false, error: formErrorOf(error, form) };
    }
    throw error;
  }
}

/** Four digits that tell one demo cart from the next. */
export function newCartNumber(): string {
  return randomInt(1000, 10_000).toString();
}
