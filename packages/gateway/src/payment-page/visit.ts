import type { FastifyReply, FastifyRequest } from "fastify";
import type { AuthorisationRequest } from "../acquirers/acquirer.ts";
import { clientAddress } from "../http/client-address.ts";
import { newNonce, type PageReply, sendPage } from "../http/page-reply.ts";
import { profileOfPageToken } from "../ids.ts";
import type { Profile } from "../profiles/profile.ts";
import type { ContactDetails } from "../responses/facts.ts";
import type { PageOptions } from "../transactions/page-options.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { findByPageToken } from "../transactions/transactions-store.ts";
import { frameAncestors } from "./framing.ts";
import type { PageServices } from "./services.ts";
import type { Language, PageFrame } from "./views.ts";

/** A shopper's request to the page of a payment that exists. */
export interface Visit {
  readonly transaction: Transaction;
  readonly profile: Profile;
  readonly frame: PageFrame;
  readonly options: PageOptions;
  /** Origins that may show this payment's pages in a frame. */
  readonly ancestors: readonly string[];
  /** Paths of this page, keeping the language the shopper chose. */
  path(step?: "cancel" | "extend" | "result" | "back" | `method/${string}`): string;
  /** Another path of this gateway, in that language too. */
  readonly withLanguage: (path: string) => string;
  readonly customer: ContactDetails;
}

/** The payment a page address names; `undefined` when there is none. */
export async function openVisit(
  services: PageServices,
  request: FastifyRequest<{ Params: { token: string } }>,
): Promise<Visit | undefined> {
  const { token } = request.params;
  const profileId = profileOfPageToken(token);
  if (profileId === undefined) return undefined;
  const transaction = await findByPageToken(services.pool, profileId, token);
  const profile = transaction && (await services.profiles.find(profileId));
  if (transaction === undefined || profile === undefined) return undefined;
  const chosen = chosenLanguage(request);
  const client = clientAddress(request);
  const options = transaction.options.page ?? {};
  const frame = frameOf(services, request, chosen ?? transaction.language);
  return {
    transaction,
    profile,
    frame: {
      ...frame,
      // What a form was answered with has no address of its own: the payment's page has.
      languagePath: frame.languagePath ?? withLanguage(pathOf(token, undefined), otherThan(frame)),
      ...ownLook(profile, options),
      sandbox: profile.mode === "test",
    },
    options,
    ancestors: frameAncestors(transaction, {
      relaxed: profile.mode === "test" && !services.strict,
    }),
    path: (step) => withLanguage(pathOf(token, step), chosen),
    withLanguage: (path) => withLanguage(path, chosen),
    customer: { ...transaction.facts.customer, ...(client !== "" && { ip: client }) },
  };
}

/** An unknown `config_id` gives the page's usual look, and no error. */
function ownLook(
  { themes = [] }: Profile,
  { theme: wanted, framed }: PageOptions,
): Pick<PageFrame, "theme" | "compact"> {
  const theme = themes.find(({ configId }) => configId === wanted);
  return {
    ...(theme && { theme }),
    ...(framed !== undefined && framed.fullUi !== true && { compact: true }),
  };
}

/** A page of this payment, which may stand in a frame where that was asked for. */
export function sendVisitPage(
  { frame, ancestors }: Visit,
  reply: FastifyReply,
  page: Omit<PageReply, "nonce" | "ancestors">,
): FastifyReply {
  return sendPage(reply, { ...page, nonce: frame.nonce, ancestors });
}

function pathOf(token: string, step: string | undefined): string {
  return `/payment/page/${token}${step === undefined ? "" : `/${step}`}`;
}

/** The path with the language that the shopper chose, if they did. */
export function withLanguage(path: string, chosen: Language | undefined): string {
  return chosen === undefined ? path : `${path}?lang=${chosen}`;
}

/**
 * What every page carries; without a chosen language the browser's own decides. Whether it is a
 * sandbox only a profile knows.
 */
export function frameOf(
  services: Pick<PageServices, "assets">,
  request: FastifyRequest,
  chosen: Language | undefined,
): PageFrame {
  const language = chosen ?? browserLanguage(request);
  const other = otherThan({ language });
  // A doubled slash at the beginning would make a link to another host of it.
  const path = (request.url.split("?")[0] ?? "/").replaceAll(/\/{2,}/g, "/");
  return {
    language,
    nonce: newNonce(),
    assets: services.assets,
    sandbox: false,
    requestId: request.id,
    languagePath: request.method === "GET" ? `${path}?lang=${other}` : null,
  };
}

function otherThan({ language }: Pick<PageFrame, "language">): Language {
  return language === "ar" ? "en" : "ar";
}

export function chosenLanguage(request: FastifyRequest): Language | undefined {
  const query = request.query as Readonly<Record<string, unknown>>;
  return query["lang"] === "ar" || query["lang"] === "en" ? query["lang"] : undefined;
}

/** The first of our languages that the browser names; English when it names none. */
function browserLanguage(request: FastifyRequest): AuthorisationRequest["language"] {
  const wanted = request.headers["accept-language"] ?? "";
  const first = wanted.split(",").find((entry) => /^\s*(en|ar)\b/i.test(entry));
  return first !== undefined && /^\s*ar\b/i.test(first) ? "ar" : "en";
}

/** Post/Redirect/Get: the next page is a GET, whatever this request was. */
export function seeOther(reply: FastifyReply, path: string): FastifyReply {
  return reply.header("cache-control", "no-store").redirect(path, 303);
}
