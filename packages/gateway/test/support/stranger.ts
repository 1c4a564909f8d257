/**
 * A merchant and its shopper as a stranger would write them: over plain HTTP, knowing the PT2
 * protocol and HTML's autocomplete tokens, with nothing imported from the gateway.
 */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { captureFields, captureRequest } from "./response-check.ts";
import { noticeFault, returnFault } from "./response-verifier.ts";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A shop's server: keeps what it gets. */
export class Shop {
  readonly received: Received[] = [];
  /** Paths that answer with a redirect, and where to. */
  readonly redirects = new Map<string, string>();
  readonly #server: Server;
  url = "";

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", url: path = "", headers } = request;
        const message = { method, path, headers, body: Buffer.concat(chunks) };
        this.received.push(message);
        captureRequest(message);
        const target = this.redirects.get(path.split("?")[0] ?? "");
        if (target === undefined) response.end("Ok");
        else response.writeHead(303, { location: target }).end();
      });
    });
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  on(path: string): Received[] {
    return this.received.filter((message) => message.path.startsWith(path));
  }

  async waitFor(path: string, withinMs = 10_000): Promise<Received> {
    const deadline = Date.now() + withinMs;
    while (Date.now() < deadline) {
      const [message] = this.on(path);
      if (message !== undefined) return message;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`nothing arrived at ${path} within ${withinMs} ms`);
  }
}

export interface Form {
  readonly action: string;
  readonly method: string;
  readonly fields: Map<string, string>;
  /** Input names by their autocomplete token. */
  readonly tokens: Map<string, string>;
  /** The whole autocomplete attribute by input name. */
  readonly autocomplete: Map<string, string>;
  readonly buttons: readonly { readonly name: string; readonly value: string }[];
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };

const decode = (text: string): string =>
  text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number.parseInt(decimal, 10));
    return entities[name] ?? whole;
  });

const attributesOf = (tag: string): Map<string, string> =>
  new Map(
    [...tag.matchAll(/([\w-]+)(?:\s*=\s*"([^"]*)")?/g)].map((match) => [
      match[1] ?? "",
      decode(match[2] ?? ""),
    ]),
  );

/** All forms of a page, with their fields, as a browser would see them. */
export function formsOf(html: string, base: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map((match) => {
    const form = attributesOf(match[1] ?? "");
    const fields = new Map<string, string>();
    const tokens = new Map<string, string>();
    const autocomplete = new Map<string, string>();
    const buttons: { name: string; value: string }[] = [];
    for (const [, kind, inner] of (match[2] ?? "").matchAll(/<(input|select|button)\b([^>]*)>/g)) {
      const attributes = attributesOf(inner ?? "");
      const name = attributes.get("name");
      if (name === undefined) continue;
      if (attributes.get("type") === "checkbox" && !attributes.has("checked")) continue;
      const value = attributes.get("value") ?? "";
      if (kind === "button" || attributes.get("type") === "submit") buttons.push({ name, value });
      else fields.set(name, value);
      autocomplete.set(name, attributes.get("autocomplete") ?? "");
      for (const token of (attributes.get("autocomplete") ?? "").split(" "))
        tokens.set(token, name);
    }
    const method = (form.get("method") ?? "get").toUpperCase();
    return {
      action: new URL(form.get("action") ?? base, base).href,
      method,
      fields,
      tokens,
      autocomplete,
      buttons,
    };
  });
}

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly html: string;
  readonly forms: readonly Form[];
}

export async function visit(url: string, init: RequestInit = {}): Promise<Page> {
  const reply = await fetch(url, { headers: { "accept-language": "en" }, ...init });
  const html = await reply.text();
  const forms = formsOf(html, reply.url);
  for (const { fields } of forms) captureFields([...fields]);
  return { url: reply.url, status: reply.status, html, forms };
}

function filled(form: Form, values: Readonly<Record<string, string>>): URLSearchParams {
  const body = new URLSearchParams([...form.fields]);
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  return body;
}

export function submit(form: Form, values: Readonly<Record<string, string>> = {}): Promise<Page> {
  const body = filled(form, values);
  if (form.method === "POST") return visit(form.action, { method: "POST", body });
  return visit(`${form.action}?${body.toString()}`);
}

export interface CardToType {
  readonly number: string;
  readonly code: string;
}

/** Fills the card by the autocomplete tokens, what else is asked by name, and presses Pay. */
export function typeCard(
  page: Page,
  card: CardToType,
  others: Readonly<Record<string, string>> = {},
): Promise<Page> {
  const { form, values } = withCard(page, card, others);
  return submit(form, values);
}

/** The same, and the connection breaks so many milliseconds after the form was sent. */
export async function typeCardAndVanish(page: Page, card: CardToType, ms: number): Promise<void> {
  const { form, values } = withCard(page, card, {});
  const { hostname, port, host, pathname } = new URL(form.action);
  const body = filled(form, values).toString();
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n` +
      `Content-Type: application/x-www-form-urlencoded\r\n\r\n${body}`,
  );
  await new Promise((resolve) => setTimeout(resolve, ms));
  socket.resetAndDestroy();
}

function withCard(page: Page, card: CardToType, others: Readonly<Record<string, string>>) {
  const form = page.forms.find(({ tokens }) => tokens.has("cc-number"));
  if (form === undefined)
    throw new Error(`no card form on ${page.url}: ${page.html.slice(0, 500)}`);
  const values: Record<string, string> = { ...askedBilling(form), ...others };
  const typed = {
    "cc-number": card.number,
    "cc-exp": "12 / 30",
    "cc-csc": card.code,
    "cc-name": "Sara Ali",
  };
  for (const [token, value] of Object.entries(typed)) {
    const name = form.tokens.get(token);
    if (name === undefined) throw new Error(`no input for ${token}`);
    values[name] = value;
  }
  return { form, values };
}

const contact: Readonly<Record<string, string>> = {
  name: "Sara Ali",
  email: "sara@example.com",
  tel: "+966500000001",
  "address-line1": "King Rd 1",
  "address-level2": "Riyadh",
  "address-level1": "Riyadh",
  country: "SA",
  "postal-code": "12345",
};

/** The billing details the page asks for, as far as they are empty. */
export function askedBilling(form: Form): Record<string, string> {
  const asked = [...form.autocomplete].flatMap(([name, tokens]) => {
    const [section, token = ""] = tokens.split(" ");
    const value = contact[token];
    const empty = (form.fields.get(name) ?? "") === "";
    return section === "billing" && value !== undefined && empty ? [[name, value] as const] : [];
  });
  return Object.fromEntries(asked);
}

/** Decides at the issuer, by a button or by a one-time code. */
export const passChallenge =
  (decision: string, otp = "") =>
  (page: Page) => {
    const form = page.forms.find(({ tokens }) => tokens.has("one-time-code"));
    if (form === undefined) throw new Error(`no 3-D Secure form on ${page.url}`);
    const code = form.tokens.get("one-time-code") ?? "";
    const button = form.buttons.find(({ value }) => value === decision);
    return submit(form, { [code]: otp, [button?.name ?? ""]: decision });
  };

/** Presses the button of another method than the card. */
export const chooseMethod = (code: string) => (page: Page) => {
  const form = page.forms.find(({ action }) =>
    new URL(action).pathname.endsWith(`/method/${code}`),
  );
  if (form === undefined) throw new Error(`no ${code} on ${page.url}`);
  return submit(form);
};

/** Presses a button of the simulated provider. */
export const decideAtProvider = (decision: string) => (page: Page) => {
  const form = page.forms.find(({ buttons }) => buttons.some(({ value }) => value === decision));
  if (form === undefined) throw new Error(`no ${decision} on ${page.url}`);
  return submit(form, { decision });
};

/** Presses cancel and confirms it. */
export async function cancel(page: Page): Promise<Page> {
  const link = /href="([^"]*\/cancel[^"]*)"/.exec(page.html)?.[1];
  const confirm = await visit(new URL(link ?? "", page.url).href);
  const form = confirm.forms.find(({ action }) => action.includes("/cancel"));
  if (form === undefined) throw new Error("no form to confirm the cancellation");
  return submit(form);
}

export function verifyReturn(fields: URLSearchParams, key: string): boolean {
  return returnFault(fields, key) === undefined;
}

export function verifyCallback(received: Received, key: string): boolean {
  return noticeFault(received, key) === undefined;
}

/** Submits the hand-off form as the shopper's browser would, without following further. */
export async function goBackToShop(page: Page, shopUrl: string): Promise<void> {
  const form = page.forms.find(({ action }) => action.startsWith(shopUrl));
  if (form === undefined) throw new Error(`no way back on ${page.url}: ${page.html.slice(0, 800)}`);
  await fetch(form.action, { method: "POST", body: new URLSearchParams([...form.fields]) });
}
