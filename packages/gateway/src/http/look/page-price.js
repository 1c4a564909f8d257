/*
 * Stands behind page.js in the same module and uses its helpers.
 * The total while the card or the amount is typed. The server works it out again and charges
 * nothing else than what stood here, so a mistake of this script costs a second look, not money.
 */

function enhancePrice(form) {
  const number = form.querySelector("#field-number");
  const price = JSON.parse(form.dataset.price);
  const amount = form.querySelector("#field-amount");
  const total = form.querySelector("[name=total]");
  const label = form.querySelector(".pay-button span");
  const text = moneyText(price);
  let told = null;
  const update = () => {
    if ("busy" in form.dataset) return;
    const picked = price.minor === null ? minorOf(amount.value, price) : BigInt(price.minor);
    const digits = digitsOf(number?.value ?? "");
    const best = picked === null ? null : bestDiscount(price, picked, digits);
    const charged = best?.total ?? picked;
    if (total !== null) total.value = charged === null ? "" : String(charged);
    label.textContent =
      charged === null ? price.pay : price.payAmount.replace("{amount}", text(charged));
    showDiscount(form, best, { before: best && text(picked), fallback: price.discount });
    const news = best === null ? null : price.total.replace("{amount}", text(charged));
    if (news !== null && news !== told) announce(news);
    told = news;
  };
  number?.addEventListener("input", update);
  amount?.addEventListener("input", update);
  // The number of a stored card is not here: what the server has worked out stands.
  const known = number === null && total !== null && total.value !== "";
  if (!known) update();
}

/** The largest discount that fits, as the server finds it. */
function bestDiscount({ discounts, least }, amount, digits) {
  let best = null;
  for (const { prefixes, by, title } of discounts) {
    if (!prefixes.some((prefix) => digits.startsWith(prefix))) continue;
    const off =
      by.minor === undefined ? (amount * BigInt(by.hundredths)) / 10_000n : BigInt(by.minor);
    const left = amount - off;
    const total = left > BigInt(least) ? left : BigInt(least);
    if (total < (best?.total ?? amount)) best = { total, title };
  }
  return best;
}

function showDiscount(form, best, { before, fallback }) {
  const line = form.querySelector("[data-discount]");
  if (line === null) return;
  line.hidden = best === null;
  if (best === null) return;
  line.querySelector("[data-discount-title]").textContent = best.title ?? fallback;
  line.querySelector("[data-discount-before]").textContent = before;
}

/** What was typed as minor units; null when the server would not take it. */
function minorOf(typed, { digits, from, to }) {
  const plain = asciiDigits(typed)
    .replaceAll("٫", ".")
    .replaceAll(/[\s,٬]/g, "");
  const parts = /^(\d{1,15})(?:\.(\d*))?$/.exec(plain);
  if (parts === null || (parts[2] ?? "").length > digits) return null;
  const minor = BigInt(parts[1] + (parts[2] ?? "").padEnd(digits, "0"));
  return minor < BigInt(from) || minor > BigInt(to) ? null : minor;
}

/** Amounts as the server writes them. */
function moneyText({ currency, digits }) {
  const arabic = document.documentElement.lang === "ar";
  const format = new Intl.NumberFormat(arabic ? "ar-u-nu-latn" : "en", {
    style: "currency",
    currency,
    currencyDisplay: arabic ? "name" : "code",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return (minor) => {
    const padded = String(minor).padStart(digits + 1, "0");
    const whole = digits === 0 ? padded : padded.slice(0, -digits);
    return format.format(digits === 0 ? whole : `${whole}.${padded.slice(-digits)}`);
  };
}

whenThere("[data-price]", enhancePrice);
