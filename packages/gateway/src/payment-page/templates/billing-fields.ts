import { countryCodes } from "@wasl/protocol";
import { html } from "../../http/html.ts";
import type { SafeHtml } from "../../http/html.ts";
import type { Language } from "../../http/look/document.ts";
import type { BillingFieldName, PayFormView } from "../views.ts";
import { wordsFor } from "../words-for.ts";
import { selectField, textField } from "./field.ts";
import type { Field, Option } from "./field.ts";

type Kind = Omit<Field, "name" | "label" | "value" | "error">;

const kinds: Readonly<Record<BillingFieldName, Kind>> = {
  name: { autocomplete: "billing name", capitalise: true },
  email: { autocomplete: "billing email", type: "email", leftToRight: true },
  phone: { autocomplete: "billing tel", type: "tel", leftToRight: true },
  street1: { autocomplete: "billing address-line1", capitalise: true },
  city: { autocomplete: "billing address-level2", capitalise: true },
  state: { autocomplete: "billing address-level1", capitalise: true },
  country: { autocomplete: "billing country" },
  zip: { autocomplete: "billing postal-code", leftToRight: true },
};

/** The order of an address, whatever order the view lists. */
const order = Object.keys(kinds) as readonly BillingFieldName[];

/** The billing data the shop did not send, if any. */
export function billingFields(
  view: PayFormView,
  errorOf: (name: BillingFieldName) => string | null,
): SafeHtml | null {
  if (view.billingFields.length === 0) return null;
  const words = wordsFor(view.language);
  const asked = order.filter((name) => view.billingFields.includes(name));
  return html`<fieldset class="fields" aria-describedby="billing-hint">
    <legend class="legend">${words.billingHeading}</legend>
    <p class="hint legend-hint" id="billing-hint">${words.billingHint}</p>
    <div class="field-grid">
      ${asked.map((name) => {
        const value = view.values[name] ?? "";
        const label = words.labels[name];
        const field = { ...kinds[name], name, label, value, error: errorOf(name) };
        return name === "country"
          ? selectField(field, words.chooseCountry, countries(view.language))
          : textField(field);
      })}
    </div>
  </fieldset>`;
}

const nearby = ["SA", "AE", "KW", "QA", "BH", "OM", "JO", "EG", "IQ"];
const lists = new Map<Language, readonly (readonly Option[])[]>();

/** The countries most shoppers come from first, then all, in the language's own order. */
function countries(language: Language): readonly (readonly Option[])[] {
  const known = lists.get(language);
  if (known !== undefined) return known;
  const names = new Intl.DisplayNames([language], { type: "region" });
  const option = (code: string): Option => [code, names.of(code) ?? code];
  const { compare } = new Intl.Collator(language);
  const rest = countryCodes.filter((code) => !nearby.includes(code)).map((code) => option(code));
  const made = [nearby.map((code) => option(code)), rest.toSorted((a, b) => compare(a[1], b[1]))];
  lists.set(language, made);
  return made;
}
