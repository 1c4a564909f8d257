import { randomUUID } from "node:crypto";
import { Pool } from "undici";

export interface Shop {
  readonly gatewayUrl: string;
  readonly profileId: number;
  readonly serverKey: string;
  readonly callbackUrl: string;
}

const card: Readonly<Record<string, string>> = {
  "cc-number": "4111111111111111",
  "cc-exp": "12 / 30",
  "cc-csc": "123",
  "cc-name": "Sara Ali",
};

/** So that the page asks for the card alone. */
const customer = {
  name: "Sara Ali",
  email: "sara@example.com",
  phone: "+966500000001",
  street1: "King Rd 1",
  city: "Riyadh",
  state: "01",
  country: "SA",
  zip: "12345",
};

/** A merchant and its shoppers: whole payments over HTTP, as cheaply as they can be made. */
export class Shopper {
  readonly #pool: Pool;
  readonly #shop: Shop;
  /** So that no cart repeats one of an earlier run on the same database. */
  readonly #run = `bench-${randomUUID().slice(0, 8)}`;
  #carts = 0;

  constructor(shop: Shop, connections: number) {
    this.#shop = shop;
    this.#pool = new Pool(shop.gatewayUrl, { connections, allowH2: false });
  }

  /** Asks for a page, opens it, types a card; the callback is the gateway's part. */
  async pay(): Promise<void> {
    const page = await this.#create();
    const { action, fields } = formOf(await this.#get(page));
    const { statusCode, body } = await this.#pool.request({
      method: "POST",
      path: action,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: fields.toString(),
    });
    await body.dump();
    if (statusCode !== 303) throw new Error(`the card was answered with ${statusCode}`);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** @returns the page's path */
  async #create(): Promise<string> {
    const { profileId, serverKey, callbackUrl } = this.#shop;
    this.#carts += 1;
    const { statusCode, body } = await this.#pool.request({
      method: "POST",
      path: "/payment/request",
      headers: { authorization: serverKey, "content-type": "application/json" },
      body: JSON.stringify({
        profile_id: profileId,
        tran_type: "sale",
        tran_class: "ecom",
        cart_id: `${this.#run}-${this.#carts}`,
        cart_description: "basket",
        cart_currency: "SAR",
        cart_amount: 500,
        callback: callbackUrl,
        customer_details: customer,
        hide_shipping: true,
      }),
    });
    const answer = (await body.json()) as { readonly redirect_url?: string };
    if (answer.redirect_url === undefined) throw new Error(`no page: ${statusCode}`);
    return new URL(answer.redirect_url).pathname;
  }

  async #get(path: string): Promise<string> {
    const { body } = await this.#pool.request({ method: "GET", path });
    return body.text();
  }
}

const formPattern =
  /<form\b([^>]*)>((?:(?!<\/form>)[\s\S])*autocomplete="cc-number"[\s\S]*?)<\/form>/;

/** The card's form, filled in: inputs keep their values, the card goes where the tokens say. */
function formOf(html: string): { action: string; fields: URLSearchParams } {
  const [, form = "", inside = ""] = formPattern.exec(html) ?? [];
  const action = attributeOf(form, "action");
  if (action === undefined) throw new Error("there is no card to type on the page");
  const fields = new URLSearchParams();
  for (const [input] of inside.matchAll(/<input\b[^>]*>/g)) {
    const name = attributeOf(input, "name");
    const value = card[attributeOf(input, "autocomplete") ?? ""] ?? attributeOf(input, "value");
    if (name !== undefined) fields.set(name, value ?? "");
  }
  return { action: new URL(action, "http://gateway").pathname, fields };
}

function attributeOf(tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
}
