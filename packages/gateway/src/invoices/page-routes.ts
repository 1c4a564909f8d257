import formBody from "@fastify/formbody";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { clientAddress } from "../http/client-address.ts";
import { sendPage } from "../http/page-reply.ts";
import type { PageFrame } from "../http/look/document.ts";
import { profileOfLinkToken } from "../ids.ts";
import { formBytesMax } from "../payment-page/routes.ts";
import { showProblem } from "../payment-page/show.ts";
import { chosenLanguage, frameOf, seeOther, withLanguage } from "../payment-page/visit.ts";
import type { Language } from "../payment-page/views.ts";
import type { PublicAct } from "../payment-requests/rate-limit.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { findByReference } from "../transactions/transactions-store.ts";
import { invoicePath, isSameToken, linkPath, readNumber } from "./addresses.ts";
import { beginLinkPayment, linkPaymentOf } from "./begin-link-payment.ts";
import { beginPayment } from "./begin-payment.ts";
import { closedBecause, type Invoice } from "./invoice.ts";
import { findInvoice } from "./invoices-store.ts";
import type { PaymentLink } from "./payment-link.ts";
import { findLink } from "./payment-links-store.ts";
import type { InvoiceServices } from "./services.ts";
import { invoiceView, linkView } from "./show.ts";
import { invoicePage } from "./templates/invoice.ts";
import { paymentLinkPage } from "./templates/payment-link.ts";

type ShopperRequest = FastifyRequest<{ Params: { id: string; token: string } }>;

/** The shopper's pages of invoices and payment links. None of them needs a script. */
export async function invoicePageRoutes(
  app: FastifyInstance,
  services: InvoiceServices,
): Promise<void> {
  app.removeAllContentTypeParsers();
  await app.register(formBody, { bodyLimit: formBytesMax });
  const unknown = (request: FastifyRequest, reply: FastifyReply) =>
    showProblem(frameOf(services, request, undefined), reply, {
      name: "unknown_link",
      status: 404,
    });

  app.get("/payment/request/invoice/:id/:token", async (request: ShopperRequest, reply) => {
    const visit = await openInvoice(services, request);
    return visit === undefined ? unknown(request, reply) : showInvoice(services, visit, reply);
  });
  app.post("/payment/request/invoice/:id/:token", async (request: ShopperRequest, reply) => {
    const visit = await openInvoice(services, request);
    return visit === undefined ? unknown(request, reply) : payInvoice(services, visit, reply);
  });
  app.get("/payment/link/:id/:token", async (request: ShopperRequest, reply) => {
    const visit = await openLink(services, request);
    return visit === undefined ? unknown(request, reply) : showLink(services, visit, reply);
  });
  app.post("/payment/link/:id/:token", async (request: ShopperRequest, reply) => {
    const visit = await openLink(services, request);
    return visit === undefined ? unknown(request, reply) : payLink(services, visit, request, reply);
  });
}

interface Visit<Opened> {
  readonly opened: Opened;
  readonly profile: Profile;
  readonly frame: PageFrame;
  readonly chosen: Language | undefined;
  /** The address it comes from. */
  readonly client: string;
}

type Secret = {
  readonly token: string;
  readonly terms: { readonly language: Language | undefined };
};

/** What an address names; `undefined` unless number and secret belong together. */
async function open<Opened extends Secret>(
  services: InvoiceServices,
  request: ShopperRequest,
  find: (profileId: number, number: number) => Promise<Opened | undefined>,
): Promise<Visit<Opened> | undefined> {
  const { id, token } = request.params;
  const number = readNumber(id);
  const profileId = profileOfLinkToken(token);
  if (number === undefined || profileId === undefined) return undefined;
  const opened = await find(profileId, number);
  if (opened === undefined || !isSameToken(opened.token, token)) return undefined;
  const profile = await services.profiles.find(profileId);
  if (profile === undefined) return undefined;
  const chosen = chosenLanguage(request);
  const frame = frameOf(services, request, chosen ?? opened.terms.language);
  const shown = { ...frame, sandbox: profile.mode === "test" };
  return { opened, profile, frame: shown, chosen, client: clientAddress(request) };
}

const openInvoice = (services: InvoiceServices, request: ShopperRequest) =>
  open(services, request, (profileId, invoiceId) =>
    findInvoice(services.pool, { profileId, invoiceId }),
  );

const openLink = (services: InvoiceServices, request: ShopperRequest) =>
  open(services, request, (profileId, linkId) => findLink(services.pool, { profileId, linkId }));

async function showInvoice(
  { pool, clock }: InvoiceServices,
  { opened: invoice, profile, frame, chosen }: Visit<Invoice>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const tranRef = invoice.paymentRef ?? invoice.paidRef;
  const payment =
    tranRef === undefined
      ? undefined
      : await findByReference(pool, invoice.profileId, tranRef, { asQuery: false });
  const payPath = withLanguage(invoicePath(invoice), chosen);
  const view = invoiceView({ invoice, payment, profile, frame, now: clock.now(), payPath });
  return sendPage(reply, { status: 200, nonce: frame.nonce, html: invoicePage(view) });
}

/** Pay was pressed: on to the one payment that has the invoice now, new or not. */
async function payInvoice(
  services: InvoiceServices,
  visit: Visit<Invoice>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { opened: invoice, chosen } = visit;
  if (invoice.paymentRef === undefined && closedBecause(invoice) === undefined) {
    const waitS = await waitOf(services, visit, { name: "invoice", of: invoice.invoiceId });
    if (waitS !== undefined) return tooMany(visit, reply, { path: invoicePath(invoice), waitS });
  }
  const result = await beginPayment(services, invoice);
  switch (result.kind) {
    case "begun":
    case "under_way": {
      // A held or pending payment has no more to show than the invoice itself says.
      if (result.transaction.state !== "completed") return toPayment(reply, result, chosen);
      return seeOther(reply, withLanguage(invoicePath(invoice), chosen));
    }
    case "closed":
      return seeOther(reply, withLanguage(invoicePath(invoice), chosen));
    default:
      return result satisfies never;
  }
}

/** Pay was pressed too often in this minute: how many seconds to wait (anybody may press it). */
function waitOf(
  { rateLimiter }: InvoiceServices,
  { profile, client }: Visit<unknown>,
  act: Omit<PublicAct, "client">,
): Promise<number | undefined> {
  return rateLimiter.admitPublic(profile, { ...act, client });
}

function tooMany(
  { frame, chosen }: Visit<unknown>,
  reply: FastifyReply,
  { path, waitS }: { readonly path: string; readonly waitS: number },
): FastifyReply {
  void reply.header("retry-after", waitS.toString());
  const againPath = withLanguage(path, chosen);
  return showProblem(frame, reply, { name: "too_many", status: 429, againPath });
}

function toPayment(
  reply: FastifyReply,
  { transaction }: { readonly transaction: Transaction },
  chosen: Language | undefined,
): FastifyReply {
  return seeOther(reply, withLanguage(`/payment/page/${transaction.pageToken}`, chosen));
}

function showLink(
  { clock }: InvoiceServices,
  { opened: link, profile, frame, chosen }: Visit<PaymentLink>,
  reply: FastifyReply,
): FastifyReply {
  const payPath = withLanguage(linkPath(link), chosen);
  const view = linkView({ link, profile, frame, now: clock.now(), payPath });
  const status = link.expired ? 410 : 200;
  return sendPage(reply, { status, nonce: frame.nonce, html: paymentLinkPage(view) });
}

async function payLink(
  services: InvoiceServices,
  visit: Visit<PaymentLink>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { opened: link, chosen } = visit;
  const once = (request.body as { readonly once?: unknown } | null | undefined)?.once;
  // A form that is not the page's own, or a link that has ended meanwhile: the page says more.
  if (link.expired || typeof once !== "string" || !/^[\da-f]{32}$/.test(once)) {
    return seeOther(reply, withLanguage(linkPath(link), chosen));
  }
  // Sent again, it begins nothing: whoever has paid is not told to wait before they pay.
  const made = await linkPaymentOf(services, link, once);
  if (made !== undefined) return toPayment(reply, { transaction: made }, chosen);
  const waitS = await waitOf(services, visit, { name: "link", of: link.linkId });
  if (waitS !== undefined) return tooMany(visit, reply, { path: linkPath(link), waitS });
  const transaction = await beginLinkPayment(services, link, once);
  return toPayment(reply, { transaction }, chosen);
}
