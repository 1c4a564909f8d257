import { countryCodes } from "@wasl/protocol";
import { attribute, html, raw } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import type { Language } from "../../http/look/document.ts";
import { icon } from "../../http/look/icons.ts";
import { shippingName, writtenFault } from "../contact-fields.ts";
import type { ContactFieldName, FieldName, PayFormView } from "../views.ts";
import type { Words } from "../words.ts";
import { wordsFor } from "../words-for.ts";
import { selectField, textField } from "./field.ts";
import type { Field } from "./field.ts";

type Kind = Omit<Field, "name" | "label" | "value" | "error" | "autocomplete"> & {
  /** The token of WCAG 1.3.5 without its section. */
  readonly token: string;
};

const kinds: Readonly<Record<ContactFieldName, Kind>> = {
  name: { token: "name", capitalise: true },
  email: { token: "email", type: "email", leftToRight: true },
  phone: { token: "tel", type: "tel", leftToRight: true },
  street1: { token: "address-line1", capitalise: true },
  city: { token: "address-level2", capitalise: true },
  state: { token: "address-level1", capitalise: true },
  country: { token: "country" },
  zip: { token: "postal-code", leftToRight: true },
};

/** The order of an address, whatever order the view lists. */
const order = Object.keys(kinds) as readonly ContactFieldName[];

type ErrorOf = (name: FieldName) => string | null;

/** The billing data the shop did not send, if any. */
export function billingFields(view: PayFormView, errorOf: ErrorOf): SafeHtml | null {
  if (view.billingFields.length === 0) return null;
  const words = wordsFor(view.language);
  return html`<fieldset class="fields" aria-describedby="billing-hint">
    <legend class="legend">${words.billingHeading}</legend>
    <p class="hint legend-hint" id="billing-hint">${words.billingHint}</p>
    ${fieldGrid(view, { section: "billing", fields: view.billingFields, required: true }, errorOf)}
  </fieldset>`;
}

/** Where to deliver: what the shop does not know yet, or another address for who wants one. */
export function shippingFields(view: PayFormView, errorOf: ErrorOf): SafeHtml | null {
  const { shipping } = view;
  if (shipping === null) return null;
  const words = wordsFor(view.language);
  const { fields, optional } = shipping;
  const grid = fieldGrid(view, { section: "shipping", fields, required: !optional }, errorOf);
  if (!optional) {
    return html`<fieldset class="fields">
      <legend class="legend">${words.shippingHeading}</legend>
      ${grid}
    </fieldset>`;
  }
  const typed = fields.some((field) => (view.values[shippingName(field)] ?? "") !== "");
  return html`<details class="more-fields" ${attribute("open", typed)}>
    <summary class="more-fields-title">
      <span>${words.shippingOther}</span>${icon("chevron")}
    </summary>
    <fieldset class="fields">
      <legend class="visually-hidden">${words.shippingHeading}</legend>
      <p class="hint more-fields-hint">${words.shippingHint}</p>
      ${grid}
    </fieldset>
  </details>`;
}

interface Group {
  readonly section: "billing" | "shipping";
  readonly fields: readonly ContactFieldName[];
  readonly required: boolean;
}

function fieldGrid(view: PayFormView, group: Group, errorOf: ErrorOf): SafeHtml {
  const words = wordsFor(view.language);
  return html`<div class="field-grid">
    ${order
      .filter((name) => group.fields.includes(name))
      .map((kind) => contactField(view, words, { kind, group, errorOf }))}
  </div>`;
}

function contactField(
  view: PayFormView,
  words: Words,
  { kind, group, errorOf }: { kind: ContactFieldName; group: Group; errorOf: ErrorOf },
): SafeHtml {
  const { token, ...look } = kinds[kind];
  const nameOf = group.section === "billing" ? (field: ContactFieldName) => field : shippingName;
  const name = nameOf(kind);
  const error = errorOf(name);
  const messages = words.errors.contact[kind];
  const faultOf = (values: PayFormView["values"]) => writtenFault(kind, nameOf, values);
  // Whether there is a postal code is a question of the country, which may be chosen beside it.
  const mayBeEmpty =
    kind === "zip" &&
    (group.fields.includes("country") || faultOf({ ...view.values, [name]: "" }) === undefined);
  const required = group.required && !mayBeEmpty;
  const field: Field = {
    ...look,
    name,
    kind,
    label: words.labels[kind],
    autocomplete: `${group.section} ${token}`,
    value: view.values[name] ?? "",
    error,
    required,
    ...(mayBeEmpty && error === null && { hint: words.zipHint }),
    ...(required && { missing: messages.missing }),
    ...(faultOf(view.values) === "invalid" && { faulty: messages.invalid }),
  };
  return kind === "country"
    ? selectField(field, words.chooseCountry, countries(view.language, field.value))
    : textField(field);
}

const nearby = ["SA", "AE", "KW", "QA", "BH", "OM", "JO", "EG", "IQ"];

/** Two hundred and fifty lines, so they are written once for each language. */
const lists = new Map<Language, string>();

/** The countries most shoppers come from first, then all, in the language's own order. */
function countryList(language: Language): string {
  const known = lists.get(language);
  if (known !== undefined) return known;
  const names = new Intl.DisplayNames([language], { type: "region" });
  const nameOf = (code: string) => names.of(code) ?? code;
  const { compare } = new Intl.Collator(language);
  const rest = countryCodes
    .filter((code) => !nearby.includes(code))
    .toSorted((a, b) => compare(nameOf(a), nameOf(b)));
  const options = (codes: readonly string[]) =>
    codes.map((code) => html`<option value="${code}">${nameOf(code)}</option>`);
  const made = html`${options(nearby)}
    <hr />
    ${options(rest)}`.toString();
  lists.set(language, made);
  return made;
}

/** The countries to choose from, with the chosen one marked. */
function countries(language: Language, chosen: string): SafeHtml {
  const list = countryList(language);
  if (!countryCodes.includes(chosen)) return raw(list);
  const option = `<option value="${chosen}"`;
  return raw(list.replace(option, `${option} selected`));
}
