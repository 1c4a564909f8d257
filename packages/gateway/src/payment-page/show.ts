import type { FastifyReply } from "fastify";
import { sendPage } from "../http/page-reply.ts";
import { expire } from "../transactions/finish.ts";
import { findSettlement } from "../transactions/offline-store.ts";
import { recordOpened, recordReturned } from "../transactions/progress-store.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { confirmCancelView, handOffView, processingView } from "./page-views.ts";
import { payFormView } from "./pay-form-view.ts";
import type { PageServices } from "./services.ts";
import { confirmCancelPage } from "./templates/confirm-cancel.ts";
import { handOffPage } from "./templates/hand-off.ts";
import { storedCardOf } from "./stored-card.ts";
import { payFormPage } from "./templates/pay-form.ts";
import { problemPage } from "./templates/problem.ts";
import { processingPage } from "./templates/processing.ts";
import type { HandOffView, PageFrame, ProblemName } from "./views.ts";
import { seeOther, sendVisitPage, type Visit } from "./visit.ts";

/** The page's own address: the form while the payment is open, else what became of it. */
export async function showPage(
  services: PageServices,
  visit: Visit,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { transaction, frame } = visit;
  switch (transaction.state) {
    case "open": {
      if (transaction.secondsLeft <= 0) {
        await expire(services, transaction);
        return seeOther(reply, visit.path());
      }
      if (transaction.openedAt === undefined) {
        await recordOpened(services.pool, transaction.facts, { language: frame.language });
      }
      const storedCard = await storedCardOf(services, visit);
      const view = payFormView(services, visit, { values: {}, errors: [], storedCard });
      return sendVisitPage(visit, reply, { status: 200, html: payFormPage(view) });
    }
    case "authorising":
      return seeOther(reply, visit.path("result"));
    case "challenging":
      return seeOther(reply, transaction.challengeUrl ?? visit.path("result"));
    case "awaiting":
      // The number of its bill is still needed.
      return seeOther(reply, visit.path("result"));
    case "completed":
      return showUsed(services, visit, reply);
    default:
      return transaction.state satisfies never;
  }
}

/** A link that has done its work. An expired one offers the way back to the shop itself. */
function showUsed(services: PageServices, visit: Visit, reply: FastifyReply): FastifyReply {
  const { transaction, frame, profile } = visit;
  const view = handOffView(services, visit, { auto: false, sale: undefined });
  if (view?.outcome === "expired") return sendHandOff(visit, reply, view);
  const html = problemPage({
    ...frame,
    problem: "used_link",
    merchantName: profile.name,
    tranRef: transaction.facts.tranRef,
    againPath: visit.path("result"),
  });
  return sendVisitPage(visit, reply, { status: 200, html });
}

/** The result: the way back to the shop, or that the bank is still being asked. */
export async function showResult(
  services: PageServices,
  visit: Visit,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { transaction } = visit;
  if (transaction.state === "open") return seeOther(reply, visit.path());
  if (transaction.state === "challenging" && transaction.challengeUrl !== undefined) {
    return seeOther(reply, transaction.challengeUrl);
  }
  // The browser goes on by itself the first time only, so that Back does not bounce.
  const first = transaction.returnedAt === undefined;
  const sale = await saleOf(services, transaction);
  const view = handOffView(services, visit, { auto: first, sale });
  if (view === undefined) {
    const html = processingPage(processingView(services, visit));
    return sendVisitPage(visit, reply, { status: 200, html });
  }
  if (first) {
    const { handOff, message } = view;
    await recordReturned(services.pool, transaction.facts, {
      way: message === null ? handOff.way : "message",
      url: message?.origin ?? transaction.returnUrl ?? null,
    });
  }
  return sendHandOff(visit, reply, view);
}

/** A request for a bill keeps its outcome; that the bill was paid, a sale says. */
async function saleOf(
  { pool }: PageServices,
  { facts, state }: Transaction,
): Promise<Transaction | undefined> {
  const mayBePaid = facts.tranType === "Payment Request" && state === "completed";
  return mayBePaid ? findSettlement(pool, facts) : undefined;
}

/** The page's forms may go to the return address and nowhere else. */
function sendHandOff(visit: Visit, reply: FastifyReply, view: HandOffView): FastifyReply {
  const { handOff } = view;
  return sendVisitPage(visit, reply, {
    status: 200,
    html: handOffPage(view),
    ...(handOff.way === "none" ? {} : { formOrigin: new URL(handOff.url).origin }),
  });
}

export function showConfirmCancel(visit: Visit, reply: FastifyReply): FastifyReply {
  const { transaction } = visit;
  if (transaction.state !== "open") return seeOther(reply, visit.path());
  const html = confirmCancelPage(confirmCancelView(visit));
  return sendVisitPage(visit, reply, { status: 200, html });
}

/** A page for when there is no payment to show. */
export function showProblem(
  frame: PageFrame,
  reply: FastifyReply,
  problem: { readonly name: ProblemName; readonly status: number; readonly againPath?: string },
): FastifyReply {
  const html = problemPage({
    ...frame,
    problem: problem.name,
    merchantName: null,
    tranRef: null,
    againPath: problem.againPath ?? null,
  });
  return sendPage(reply, { status: problem.status, nonce: frame.nonce, html });
}
