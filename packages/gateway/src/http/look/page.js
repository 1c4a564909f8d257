/*
 * The payment page's script. Everything works without it: it formats while typing, checks on
 * leaving a field, and saves shoppers a wait. It sends nothing anywhere but to this server.
 */

const announcer = document.querySelector("#announcer");

/** Speaks through the live region that has been empty since the page was loaded. */
function announce(text) {
  announcer.textContent = "";
  setTimeout(() => {
    announcer.textContent = text;
  }, 50);
}

/** Arabic-Indic and Persian digits as ASCII; both lie in blocks whose last hex digit counts. */
function asciiDigits(text) {
  return text.replaceAll(/[٠-٩۰-۹]/g, (digit) => String(digit.codePointAt(0) & 15));
}

function digitsOf(text) {
  return asciiDigits(text).replaceAll(/\D/g, "");
}

/** Luhn's check, as the server does it. */
function isCardNumber(digits) {
  if (!/^\d{12,19}$/.test(digits)) return false;
  const sum = [...digits].toReversed().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function grouped(digits, isAmex) {
  if (isAmex) return digits.replace(/^(.{4})(.{1,6})?(.+)?$/, (_, ...g) => joined(g.slice(0, 3)));
  return joined(digits.match(/.{1,4}/g) ?? []);
}

function joined(groups) {
  return groups.filter(Boolean).join(" ");
}

function readExpiry(text) {
  const typed = asciiDigits(text).replaceAll(/\s/g, "");
  const found =
    /^(?<month>\d{1,2})[/.-](?<year>\d{4}|\d{2})$/.exec(typed) ??
    /^(?<year>\d{4})[/.-](?<month>\d{1,2})$/.exec(typed) ??
    /^(?<month>\d{2})(?<year>\d{4}|\d{2})$/.exec(typed);
  const month = Number(found?.groups.month);
  if (!(month >= 1 && month <= 12)) return null;
  const year = found.groups.year.slice(-2);
  return { month, year: 2000 + Number(year), text: `${String(month).padStart(2, "0")} / ${year}` };
}

function isPast({ month, year }) {
  const now = new Date();
  return year * 12 + month < now.getFullYear() * 12 + now.getMonth() + 1;
}

/** Changes what stands in a field without moving the caret away from its digit. */
function rewrite(input, text) {
  if (text === input.value) return;
  const before = digitsOf(input.value.slice(0, input.selectionStart ?? 0)).length;
  const atEnd = input.selectionStart === input.value.length;
  input.value = text;
  let place = 0;
  for (let seen = 0; seen < before && place < text.length; place += 1) {
    if (/\d/.test(text[place])) seen += 1;
  }
  if (document.activeElement === input) {
    const caret = atEnd ? text.length : place;
    input.setSelectionRange(caret, caret);
  }
}

function setError(input, message) {
  const place = document.querySelector(`#${input.id}-error`);
  if (message === null) input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
  place.hidden = message === null;
  place.querySelector("span").textContent = message ?? "";
}

/* --- presses ------------------------------------------------------------------------------------ */

/** What waits for the end of a press; `null` while nothing is pressed. */
let waiting = null;

/**
 * At once, or after the click. A press takes the focus away before it is let go: what comes or goes
 * on the page in between moves the button from under the pointer, and then nothing is clicked.
 */
function afterPress(act) {
  if (waiting === null) act();
  else waiting.push(act);
}

// A finger's press comes as a mouse's too, and the focus follows that one. A right click or a drag
// need not end with a release, so a key ends them as well.
addEventListener(
  "mousedown",
  ({ target }) => {
    // The end of a press on a list belongs to the list that opens.
    if (!(target instanceof HTMLSelectElement)) waiting ??= [];
  },
  true,
);
for (const end of ["mouseup", "dragend", "contextmenu", "keydown", "pagehide"]) {
  // The click comes right after the release, in the same task.
  addEventListener(end, () => setTimeout(endPress), true);
}

function endPress() {
  const acts = waiting ?? [];
  waiting = null;
  for (const act of acts) act();
}

/* --- the form -------------------------------------------------------------------------------- */

function enhanceForm(form) {
  const words = JSON.parse(form.dataset.words);
  const inputs = Object.fromEntries(
    ["number", "expiry", "security_code", "holder"]
      .map((name) => [name, form.querySelector(`#field-${name}`)])
      // A stored card is asked for its code only.
      .filter(([, input]) => input !== null),
  );
  const { storedBrand, cardFilter } = form.dataset;
  const taken = cardFilter === undefined ? null : JSON.parse(cardFilter);
  const brandOf =
    storedBrand === undefined ? brandFinder(JSON.parse(form.dataset.brands)) : () => storedBrand;
  const checks = cardChecks({ inputs, words, brandOf, taken, sandbox: "sandbox" in form.dataset });
  if (storedBrand === undefined) formatWhileTyping(inputs, brandOf, words);
  for (const [name, input] of Object.entries(inputs)) {
    const check = () => (input.value.trim() === "" ? null : checks[name]());
    const speak = () => {
      // Meanwhile the form may have been sent, or the field be in use again.
      if ("busy" in form.dataset || document.activeElement === input) return;
      const message = check();
      setError(input, message);
      if (message !== null) announce(message);
    };
    input.addEventListener("blur", () => {
      if (input.value.trim() !== "") afterPress(speak);
    });
    input.addEventListener("input", () => {
      if (input.getAttribute("aria-invalid") === "true" && check() === null) setError(input, null);
    });
  }
  const contact = [...form.querySelectorAll("[data-missing], [data-faulty]")];
  for (const input of contact) {
    input.addEventListener("input", () => {
      if (input.value.trim() !== "") setError(input, null);
    });
  }
  submitOnce(form, { inputs, checks, words, contact });
  fillFromDrawer(form, inputs);
}

/** The name of a card's brand, where that is taken here. */
function brandFinder(brands) {
  return (digits) => {
    const brand = brands.find(({ prefixes }) => prefixes.some((prefix) => fits(prefix, digits)));
    return brand?.taken === true ? brand.name : undefined;
  };
}

function fits(prefix, digits) {
  if (typeof prefix === "string") return digits.startsWith(prefix);
  const [from, to] = prefix;
  const { length } = String(from);
  const leading = Number(digits.slice(0, length));
  return digits.length >= length && leading >= from && leading <= to;
}

/** Whether the digits typed so far are, or can become, a card with this prefix. */
function mayBegin(prefix, digits) {
  return digits.startsWith(prefix) || prefix.startsWith(digits);
}

/** For each field the sentence that is wrong with it, or null. */
function cardChecks({ inputs, words, brandOf, taken, sandbox }) {
  const testNumbers = new Set(
    Array.from(document.querySelectorAll("[data-number]"), ({ dataset }) => dataset.number),
  );
  const isAmex = () => brandOf(digitsOf(inputs.number?.value ?? "")) === "AmericanExpress";
  return {
    number() {
      const digits = digitsOf(inputs.number.value);
      if (inputs.number.value.trim() === "") return words.number.missing;
      const fitting = taken === null || taken.some((prefix) => mayBegin(prefix, digits));
      if (!isCardNumber(digits)) return fitting ? words.number.invalid : words.number.not_taken;
      // The drawer has no cards of kinds that are not taken, so this comes before it.
      if (brandOf(digits) === undefined) return words.number.brand_not_supported;
      // A real number is stopped here, before it leaves the browser.
      if (sandbox && testNumbers.size > 0 && !testNumbers.has(digits)) {
        return words.number.not_a_test_card;
      }
      // The server would not ask for another card: it would decline this one for good.
      return fitting ? null : words.number.not_taken;
    },
    expiry() {
      if (inputs.expiry.value.trim() === "") return words.expiry.missing;
      const expiry = readExpiry(inputs.expiry.value);
      if (expiry === null) return words.expiry.invalid;
      return isPast(expiry) ? words.expiry.past : null;
    },
    security_code() {
      const code = asciiDigits(inputs.security_code.value).trim();
      if (code === "") return words.security_code.missing;
      const pattern = isAmex() ? /^\d{4}$/ : /^\d{3}$/;
      return pattern.test(code) ? null : words.security_code.length;
    },
    holder: () => (inputs.holder.value.trim() === "" ? words.holder.missing : null),
  };
}

function formatWhileTyping({ number, expiry, security_code: code }, brandOf, words) {
  const marks = document.querySelector(".brands");
  const codeHint = document.querySelector(`#${code.id}-hint`);
  const formatNumber = () => {
    const typed = asciiDigits(number.value);
    const brand = brandOf(digitsOf(typed));
    const isAmex = brand === "AmericanExpress";
    rewrite(number, /^[\d\s-]*$/.test(typed) ? grouped(digitsOf(typed), isAmex) : typed);
    marks.toggleAttribute("data-known", brand !== undefined);
    for (const mark of marks.children) {
      mark.toggleAttribute("data-match", mark.dataset.brand === brand);
    }
    codeHint.textContent = isAmex ? words.codeHintFront : words.codeHintBack;
  };
  onInput(number, formatNumber);
  onInput(code, () => rewrite(code, asciiDigits(code.value)));
  onInput(expiry, (event) => {
    const typed = asciiDigits(expiry.value);
    const adding = event.inputType?.startsWith("insert") === true;
    const month = /^(?:1[0-2]|0[1-9]|[2-9])$/.exec(typed)?.[0].padStart(2, "0");
    rewrite(expiry, adding && month !== undefined ? `${month} / ` : typed);
  });
  expiry.addEventListener("blur", () => {
    expiry.value = readExpiry(expiry.value)?.text ?? expiry.value;
  });
  formatNumber();
}

/** Input that is not still being composed. */
function onInput(input, format) {
  input.addEventListener("input", (event) => {
    if (!event.isComposing) format(event);
  });
}

function submitOnce(form, { inputs, checks, words, contact }) {
  const button = form.querySelector(".pay-button");
  form.addEventListener("submit", (event) => {
    const wrong = Object.keys(inputs)
      .filter((name) => {
        const message = checks[name]();
        setError(inputs[name], message);
        return message !== null;
      })
      .map((name) => inputs[name]);
    for (const input of contact) {
      const message = contactError(input);
      if (message === undefined) continue;
      setError(input, message);
      wrong.push(input);
    }
    // What a field that was left is waiting to say is said by now.
    if (waiting !== null) waiting = [];
    firstOnPage(wrong)?.focus();
    // The focus tells the first one, with what to do; how many there are is told beside it.
    if (wrong.length > 0) announce(words.mistakes[wrong.length - 1]);
    if (wrong.length > 0 || "busy" in form.dataset) {
      event.preventDefault();
      return;
    }
    form.dataset.busy = "";
    button.setAttribute("aria-busy", "true");
    button.querySelector("span").textContent = words.busy;
    announce(words.busy);
  });
  // Back from a page kept in memory: the server knows what became of the payment.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted && "busy" in form.dataset) location.assign(form.action);
  });
}

/** A field left empty, or left as the server knows it to be wrong; `undefined` where neither is so. */
function contactError({ value, defaultValue, dataset }) {
  if (value.trim() === "") return dataset.missing;
  return value === defaultValue ? dataset.faulty : undefined;
}

function firstOnPage(elements) {
  return elements.toSorted((a, b) =>
    a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1,
  )[0];
}

/** Nobody's: what the sandbox's cards come with, by the field's autocomplete token. */
const sampleContact = {
  name: "Test Shopper",
  email: "shopper@example.com",
  tel: "+966500000000",
  "address-line1": "King Fahd Road 1",
  "address-level2": "Riyadh",
  "address-level1": "Riyadh",
  country: "SA",
  "postal-code": "12211",
};

function fillSampleContact(form) {
  for (const input of form.querySelectorAll('[autocomplete^="billing "]')) {
    const sample = sampleContact[input.autocomplete.split(" ").at(-1)];
    if (input.value !== "" || sample === undefined) continue;
    input.value = sample;
    setError(input, null);
  }
}

function fillFromDrawer(form, inputs) {
  for (const row of document.querySelectorAll("[data-number]")) {
    row.querySelector("button").addEventListener("click", () => {
      const { number, expiry, code } = row.dataset;
      const values = { number, expiry, security_code: code };
      values.holder = inputs.holder.value.trim() === "" ? "TEST CARD" : inputs.holder.value;
      for (const [name, value] of Object.entries(values)) {
        inputs[name].value = value;
        inputs[name].dispatchEvent(new Event("input"));
        setError(inputs[name], null);
      }
      fillSampleContact(form);
      form.querySelector(".pay-button").focus();
      announce(row.closest("details").dataset.filled);
    });
  }
}

/* --- the time limit --------------------------------------------------------------------------- */

/** The dialog comes at least 60 s before the end (WCAG 2.2, criterion 2.2.1). */
const askSecondsBefore = 90;

function enhanceTimeLimit(limit, formAction) {
  const dialog = limit.querySelector("dialog");
  let endsAt = Date.now() + Number(limit.dataset.secondsLeft) * 1000;
  const marks = [
    { seconds: 300, act: () => announce(limit.dataset.five) },
    { seconds: 120, act: () => announce(limit.dataset.two) },
    { seconds: askSecondsBefore, act: () => dialog?.open === false && dialog.showModal() },
    { seconds: 0, act: () => location.assign(formAction) },
  ];
  const secondsLeft = () => (endsAt - Date.now()) / 1000;
  let last = secondsLeft();
  if (last < askSecondsBefore) last = askSecondsBefore + 1;
  setInterval(() => {
    const now = secondsLeft();
    const due = marks.findLast(({ seconds }) => now <= seconds && seconds < last);
    last = now;
    due?.act();
  }, 1000);
  const extend = async (path) => {
    const given = await moreTime(path, secondsLeft()).catch(() => null);
    dialog?.close();
    if (given !== null) {
      endsAt = Date.now() + given.seconds * 1000;
      last = given.seconds;
      showEnd(limit, given);
    }
    const time = limit.querySelector("[data-ends-at]").textContent.trim();
    announce(limit.dataset[given === null ? "failed" : "done"].replace("{time}", time));
  };
  limit.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-close")) return;
    event.preventDefault();
    void extend(event.target.action);
  });
}

/** The new end, read from the page the server answers with; what is typed here stays. */
async function moreTime(path, secondsNow) {
  const response = await fetch(path, { method: "POST", body: new URLSearchParams() });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const limit = page.querySelector(".time-limit");
  const seconds = Number(limit?.dataset.secondsLeft ?? 0);
  return seconds > secondsNow + 5 ? { seconds, limit } : null;
}

function showEnd(limit, given) {
  const fresh = given.limit.querySelector("[data-ends-at]");
  for (const place of limit.querySelectorAll("[data-ends-at]")) {
    place.replaceChildren(document.importNode(fresh, true));
  }
  if (given.limit.querySelector("[data-extend]") === null) {
    for (const form of limit.querySelectorAll(":scope > [data-extend]")) form.remove();
  }
}

/* --- small things ----------------------------------------------------------------------------- */

function addCopyButton(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link-button copy-button";
  button.textContent = text.dataset.copy;
  const say = () => {
    button.textContent = text.dataset.copied;
    announce(text.dataset.copied);
  };
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(text.textContent.trim()).then(say, () => button.remove());
  });
  text.after(button);
}

/**
 * A browser lets a frame move the topmost window, but no other page around it. Where the parent is
 * not the topmost one, the frame itself goes back to the shop, in place of nothing at all.
 */
function keepInFrame(target) {
  if (window.parent !== window.top) target.removeAttribute("target");
}

/** Goes on by itself, unless the shopper came here with the browser's Back button. */
function handOver(target) {
  if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") return;
  const timer = setTimeout(() => {
    if (target instanceof HTMLFormElement) HTMLFormElement.prototype.submit.call(target);
    else target.click();
  }, 1200);
  for (const event of ["submit", "click"])
    target.addEventListener(event, () => clearTimeout(timer));
  addEventListener("pagehide", () => clearTimeout(timer));
}

/** The result for the page around the frame: to that window, and to that origin alone. */
function tellFrame({ dataset }) {
  const target = dataset.messageWindow === "top" ? window.top : window.parent;
  if (target === window) return;
  target.postMessage(JSON.parse(dataset.message), dataset.messageOrigin);
}

/** A whole new page, not a peek: the server counts the first sight of a result. */
function lookAgain({ dataset }) {
  const timer = setTimeout(
    () => location.replace(dataset.poll),
    Number(dataset.pollSeconds) * 1000,
  );
  addEventListener("pagehide", () => clearTimeout(timer));
}

function whenThere(selector, act) {
  for (const element of document.querySelectorAll(selector)) act(element);
}

whenThere("[data-script], [data-print]", (element) => {
  element.hidden = false;
});
whenThere("[data-pay]", (form) => {
  enhanceForm(form);
  whenThere(".time-limit", (limit) => enhanceTimeLimit(limit, form.action));
});
whenThere("[data-error-summary]", (summary) => summary.focus());
whenThere(".actions[target=_parent], .actions > [target=_parent]", keepInFrame);
whenThere("[data-auto]", handOver);
whenThere("[data-message]", tellFrame);
whenThere("[data-poll]", lookAgain);
whenThere("[data-print]", (button) => button.addEventListener("click", () => print()));
if (navigator.clipboard !== undefined) whenThere("[data-copy]", addCopyButton);
