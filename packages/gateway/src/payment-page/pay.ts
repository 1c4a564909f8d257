import type { FastifyReply, FastifyRequest } from "fastify";
import type { Mandate } from "../acquirers/mandate.ts";
import { authorise } from "../transactions/authorise.ts";
import type { CompletionResult } from "../transactions/complete.ts";
import { cancel } from "../transactions/finish.ts";
import { inquire } from "../transactions/inquire.ts";
import { passesFilter } from "../transactions/price.ts";
import { refuseCard } from "../transactions/refuse.ts";
import { VaultError } from "../vault/envelope.ts";
import { payFormView } from "./pay-form-view.ts";
import type { PageServices } from "./services.ts";
import { storedCardOf } from "./stored-card.ts";
import { readForm, readSubmission, type Submission } from "./submission.ts";
import { payFormPage } from "./templates/pay-form.ts";
import { seeOther, sendVisitPage, type Visit } from "./visit.ts";

/**
 * The shopper pressed Pay. Mistakes show the form again, without the security code, and so does a
 * total the shopper has not seen yet; a card goes to the acquirer once, however often and from
 * however many tabs it is sent.
 */
export async function pay(
  services: PageServices,
  visit: Visit,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { transaction, options } = visit;
  if (transaction.state !== "open") return seeOther(reply, visit.path("result"));
  const form = readForm(request.body);
  const storedCard = await storedCardOf(services, visit);
  const reading = await readSubmission(services, visit, storedCard, form);
  const { values, savesCard } = form;
  if (!reading.ok) {
    const { errors } = reading;
    // The stored card may have gone meanwhile; then the form asks for a whole one.
    const shown = await storedCardOf(services, visit);
    const view = payFormView(services, visit, { values, errors, storedCard: shown, savesCard });
    return sendVisitPage(visit, reply, { status: 422, html: payFormPage(view) });
  }
  const { submission } = reading;
  if (!passesFilter(options.cardFilter, submission.card.number)) {
    return afterOutcome(
      services,
      visit,
      reply,
      await refuseCard(services, transaction, submission),
    );
  }
  if (!submission.totalShown) {
    const confirm = submission.price;
    const typed = { values, errors: [], confirm, storedCard, savesCard };
    const view = payFormView(services, visit, typed);
    return sendVisitPage(visit, reply, { status: 200, html: payFormPage(view) });
  }
  return authoriseCard(services, visit, submission, { request, reply });
}

async function authoriseCard(
  services: PageServices,
  visit: Visit,
  submission: Submission,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  const { transaction, profile, frame, ancestors } = visit;
  const result = await authorise(services, transaction, {
    card: submission.card,
    initiation: transaction.facts.tranClass === "Moto" ? "moto" : "ecom",
    savesCard: submission.savesCard,
    ...mandateOf(transaction),
    customer: submission.customer,
    shipping: submission.shipping,
    price: submission.price,
    language: frame.language,
    merchantName: profile.name,
    backUrl: `${services.publicUrl()}${visit.path("back")}`,
    ...(ancestors.length > 0 && { frameAncestors: ancestors }),
  }).catch((error: unknown) => {
    // Nobody was asked: the page says so, and the payment is as open as before.
    if (error instanceof VaultError) throw error;
    // The acquirer may have been asked: the shopper is told that we do not know yet, not that it
    // failed, and the payment is finished by an inquiry.
    request.log.error({ err: error, tranRef: transaction.facts.tranRef }, "an outcome is unknown");
    return { kind: "unknown" } as const;
  });
  if (result.kind === "challenge") return seeOther(reply, result.url);
  return afterOutcome(services, visit, reply, result);
}

/** What the shopper agrees to by paying, where the request says so. */
function mandateOf({ options }: Visit["transaction"]): { readonly mandate?: Mandate } {
  const mandate = options.save?.mandate;
  return mandate === undefined ? {} : { mandate };
}

/** The shopper confirmed the cancellation. */
export async function confirmCancel(
  services: PageServices,
  visit: Visit,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const result = await cancel(services, visit.transaction, visit.customer);
  return afterOutcome(services, visit, reply, result);
}

/** The shopper is back from the issuer or the provider: the acquirer knows how it went. */
export async function backFromChallenge(
  services: PageServices,
  visit: Visit,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { transaction } = visit;
  if (transaction.state !== "challenging") return seeOther(reply, visit.path("result"));
  const result = await inquire(services, transaction, { endChallenge: false });
  if (result.kind === "open") {
    return seeOther(reply, transaction.challengeUrl ?? visit.path("result"));
  }
  return afterOutcome(services, visit, reply, result);
}

/**
 * On to the result. The Callback's first attempt gets a head start, so that the shop usually knows
 * before the shopper is back (design.md, "Return rules").
 */
export async function afterOutcome(
  services: PageServices,
  visit: Visit,
  reply: FastifyReply,
  result: CompletionResult | { readonly kind: "unknown" | "not_open" },
): Promise<FastifyReply> {
  if (result.kind === "completed" && result.callbackDelivery !== undefined) {
    const { profileId } = visit.profile;
    const delivery = { profileId, id: result.callbackDelivery };
    await services.outbox.firstAttempt(delivery, services.callbackHeadStartMs);
  }
  return seeOther(reply, visit.path("result"));
}
