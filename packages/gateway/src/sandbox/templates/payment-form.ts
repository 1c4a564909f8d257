import { attribute, html } from "../../http/html.ts";
import type { HtmlValue, SafeHtml } from "../../http/html.ts";
import { icon } from "../../http/look/icons.ts";
import type { Destination, FormError, FormField, PaymentForm } from "../payment-form.ts";
import { note } from "./parts.ts";

/** The form that makes a test payment; what was typed stays, the mistake stands at its field. */
export function paymentForm(
  form: PaymentForm,
  currencies: readonly string[],
  error: FormError | undefined,
): SafeHtml {
  const text = textField(error);
  return html`<form
    class="make"
    method="post"
    action="/sandbox/payments"
    autocomplete="off"
    novalidate
  >
    ${error?.field === "form" && note("red", "alert", error.message)}
    <div class="make-grid">
      ${text("amount", "amount", "Amount", form.amount, { inputmode: "decimal" })}
      ${select(
        "currency",
        "Currency",
        form.currency,
        currencies.map((code) => [code, code]),
        error,
      )}
      ${text("cartId", "cart_id", "Cart id", form.cartId)}
      ${select("language", "Page language", form.language, languages, error)}
      ${text("description", "description", "Description", form.description, { wide: true })}
    </div>
    ${destination(form, "return", error)} ${destination(form, "callback", error)}
    <button class="button button-primary button-wide" type="submit">Create the payment</button>
  </form>`;
}

const languages = [
  ["", "Automatic"],
  ["en", "English"],
  ["ar", "العربية"],
] as const;

interface TextOptions {
  readonly inputmode?: string;
  readonly wide?: boolean;
}

function textField(error: FormError | undefined) {
  return (
    field: FormField,
    name: string,
    label: string,
    value: string,
    { inputmode, wide }: TextOptions = {},
  ): SafeHtml =>
    html`<div class="field${wide === true ? " wide" : ""}">
      <label class="label" for="${name}">${label}</label>
      <input
        class="input"
        id="${name}"
        name="${name}"
        value="${value}"
        ${attribute("inputmode", inputmode)}${invalid(field, name, error)}
      />
      ${fieldError(field, name, error)}
    </div>`;
}

function select(
  field: "currency" | "language",
  label: string,
  chosen: string,
  options: readonly (readonly [value: string, text: string])[],
  error: FormError | undefined,
): SafeHtml {
  return html`<div class="field">
    <label class="label" for="${field}">${label}</label>
    <div class="select">
      <select class="input" id="${field}" name="${field}" ${invalid(field, field, error)}>
        ${options.map(([value, text]) => html`<option value="${value}" ${attribute("selected", value === chosen)}>${text}</option>`)}
      </select>
      ${icon("chevron")}
    </div>
    ${fieldError(field, field, error)}
  </div>`;
}

const legs = {
  callback: {
    name: "Callback",
    how: "from server to server",
    own: "http://localhost:3000/pay/callback",
  },
  return: {
    name: "Return",
    how: "through the shopper's browser",
    own: "http://localhost:3000/pay/return",
  },
} as const;

const destinations: readonly (readonly [Destination, string])[] = [
  ["inbox", "Built-in inbox"],
  ["own", "My address"],
  ["off", "Off"],
];

function destination(
  form: PaymentForm,
  kind: "callback" | "return",
  error: FormError | undefined,
): SafeHtml {
  const { name, how, own } = legs[kind];
  const [chosen, url] =
    kind === "callback" ? [form.callbackTo, form.callbackUrl] : [form.returnTo, form.returnUrl];
  const field = kind === "callback" ? "callbackUrl" : "returnUrl";
  const id = `${kind}_url`;
  return html`<fieldset class="destination">
    <legend class="label">${name} <span class="hint">${how}</span></legend>
    <div class="segments">
      ${destinations.map(([value, label]) => html`<label class="segment"><input type="radio" name="${kind}_to" value="${value}" ${attribute("checked", value === chosen)} /><span>${label}</span></label>`)}
    </div>
    <div class="field own-address">
      <label class="label" for="${id}">My ${name} address</label>
      <input
        class="input"
        id="${id}"
        name="${id}"
        type="url"
        dir="ltr"
        value="${url}"
        placeholder="${own}"
        ${invalid(field, id, error)}
      />
      ${fieldError(field, id, error)}
    </div>
  </fieldset>`;
}

function invalid(field: FormField, id: string, error: FormError | undefined): HtmlValue {
  if (error?.field !== field) return null;
  return html`${attribute("aria-invalid", "true")}${attribute("aria-describedby", `${id}-error`)}${attribute("autofocus", true)}`;
}

function fieldError(field: FormField, id: string, error: FormError | undefined): HtmlValue {
  if (error?.field !== field) return null;
  return html`<p class="field-error" id="${id}-error">
    ${icon("alert")}<span>${error.message}</span>
  </p>`;
}
