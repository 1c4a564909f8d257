/*
 * The managed form: the card goes from the shopper's browser to the gateway, and the shop's own
 * server gets a token in its place. Inputs are marked with data-paylib (number, expmonth, expyear,
 * cvv, name) and need no name, so that the form itself never carries them.
 */
/* oxlint-disable unicorn/consistent-function-scoping -- a classic script: nothing may be global */
(() => {
  const gateway = new URL(document.currentScript.src);
  const endpoint = new URL("token", gateway);

  const elementOf = (given) =>
    typeof given === "string"
      ? (document.getElementById(given) ?? document.querySelector(given))
      : (given ?? null);

  const inputsOf = (form) => [...form.querySelectorAll("[data-paylib]")];

  /** An expiry may be one field, MM/YY, or two. */
  const valuesOf = (form) =>
    Object.fromEntries(inputsOf(form).map((input) => [input.dataset.paylib, input.value]));

  const failure = (errorText) => ({
    error: true,
    errorCode: 400,
    errorField: "key",
    errorStatus: "E",
    errorText,
    status: 0,
    trace: "",
  });

  async function exchange(key, form) {
    try {
      const reply = await fetch(endpoint, {
        method: "POST",
        credentials: "omit",
        referrerPolicy: "no-referrer",
        // A simple request: browsers ask nobody's permission first.
        headers: { "content-type": "text/plain" },
        body: JSON.stringify({ ...valuesOf(form), key }),
      });
      return await reply.json();
    } catch {
      return failure("The payment service could not be reached. Please try again.");
    }
  }

  function putToken(form, token) {
    let field = form.querySelector('input[type="hidden"][name="token"]');
    if (field === null) {
      field = document.createElement("input");
      field.type = "hidden";
      field.name = "token";
      form.append(field);
    }
    field.value = token;
  }

  /** Card data must not reach the shop, whatever the form's author wrote. */
  function unname(form) {
    for (const input of inputsOf(form)) input.removeAttribute("name");
  }

  function inlineForm({ key, form: given, autoSubmit = true, callback }) {
    const form = elementOf(given);
    if (form === null) throw new Error("paylib.inlineForm: there is no such form");
    let busy = false;
    unname(form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      clearMarks(form);
      unname(form);
      const response = await exchange(key, form);
      busy = false;
      if (response.error) mark(form, response.errorField);
      else putToken(form, response.token);
      callback?.(response);
      if (!response.error && autoSubmit) form.submit();
    });
  }

  function clearMarks(form) {
    for (const input of inputsOf(form)) input.removeAttribute("aria-invalid");
  }

  function mark(form, field) {
    const input = form.querySelector(`[data-paylib="${CSS.escape(field)}"]`);
    input?.setAttribute("aria-invalid", "true");
    input?.focus();
  }

  /** handleError(element, response), or handleError(form, element, response) as samples have it. */
  function handleError(...given) {
    const response = given.at(-1);
    const element = elementOf(given.at(-2));
    if (element === null || element === undefined) return;
    element.setAttribute("role", "alert");
    element.textContent = response?.error ? response.errorText : "";
  }

  window.paylib = Object.freeze({ inlineForm, handleError });
})();
