import { attribute, html } from "../../http/html.ts";
import type { HtmlValue, SafeHtml } from "../../http/html.ts";
import { icon } from "../../http/look/icons.ts";
import type { FieldName } from "../views.ts";

export interface Field {
  readonly name: FieldName;
  readonly label: string;
  /** What it asks for, where its name says more than that; for its width. */
  readonly kind?: string;
  /** Whether it may not stay empty; it may not unless told otherwise. */
  readonly required?: boolean;
  /** What the script says when it is left empty. */
  readonly missing?: string;
  /** What it says when the value given here stays as it is. */
  readonly faulty?: string;
  /** The token of WCAG 1.3.5, by which browsers fill the field. */
  readonly autocomplete: string;
  readonly value: string;
  readonly error: string | null;
  readonly hint?: string;
  readonly type?: "text" | "email" | "tel";
  readonly inputmode?: "numeric" | "decimal" | "text";
  /** Digits and addresses read left to right on every page. */
  readonly leftToRight?: boolean;
  readonly placeholder?: string;
  readonly capitalise?: boolean;
  /** Inside the input's frame, at its end. */
  readonly inside?: HtmlValue;
}

/** The `id` of a field's input, which links of the error summary point to. */
export function fieldId(name: FieldName): string {
  return `field-${name}`;
}

/** Label, input, hint and message, tied together for assistive technology. */
export function textField(field: Field): SafeHtml {
  return framed(
    field,
    html`<div class="input-frame">
      <input
        class="input"
        id="${fieldId(field.name)}"
        name="${field.name}"
        type="${field.type ?? "text"}"
        autocomplete="${field.autocomplete}"
        value="${field.value}"
        maxlength="255"
        spellcheck="false"
        autocapitalize="${field.capitalise === true ? "words" : "none"}"
        ${shared(field)}
        ${attribute("inputmode", field.inputmode)}
        ${attribute("dir", field.leftToRight === true ? "ltr" : "auto")}
        ${attribute("placeholder", field.placeholder)}
      />${field.inside}
    </div>`,
  );
}

/** A list to choose from; `options` are ready, the chosen one marked. */
export function selectField(field: Field, empty: string, options: SafeHtml): SafeHtml {
  return framed(
    field,
    html`<div class="select">
      <select
        class="input"
        id="${fieldId(field.name)}"
        name="${field.name}"
        autocomplete="${field.autocomplete}"
        ${shared(field)}
      >
        <option value="">${empty}</option>
        ${options}</select
      >${icon("chevron")}
    </div>`,
  );
}

function shared(field: Field): SafeHtml {
  const id = fieldId(field.name);
  const describedBy = [field.hint !== undefined && `${id}-hint`, `${id}-error`];
  return html`aria-describedby="${describedBy.filter((part) => part !== false).join(" ")}"
  aria-required="${field.required === false ? "false" : "true"}"
  ${attribute("aria-invalid", field.error === null ? null : "true")}
  ${attribute("data-missing", field.missing)} ${attribute("data-faulty", field.faulty)}`;
}

/** The message's place is always there, so that a script can fill it in. */
function framed(field: Field, input: SafeHtml): SafeHtml {
  const id = fieldId(field.name);
  return html`<div class="field field-${field.kind ?? field.name}">
    <label class="label" for="${id}">${field.label}</label>
    ${input} ${field.hint !== undefined && html`<p class="hint" id="${id}-hint">${field.hint}</p>`}
    <p class="field-error" id="${id}-error" ${attribute("hidden", field.error === null)}>
      ${icon("alert")}<span>${field.error}</span>
    </p>
  </div>`;
}
