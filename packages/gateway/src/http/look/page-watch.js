/*
 * Stands behind page.js in the same module and uses its helpers.
 */

const watchSecondsMax = 60;

/**
 * While a bill is open: a peek now and then, less and less often, and at once when the shopper comes
 * back from the bank's app. The page is shown anew only when there is something new to say.
 */
function watch({ dataset }) {
  let seconds = Number(dataset.watchSeconds);
  let timer = 0;
  const look = async () => {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") return;
    const outcome = await outcomeOn(dataset.watch).catch(() => dataset.outcome);
    if (outcome !== dataset.outcome) location.replace(dataset.watch);
    clearTimeout(timer);
    timer = setTimeout(look, seconds * 1000);
    seconds = Math.min(seconds * 1.2, watchSecondsMax);
  };
  timer = setTimeout(look, seconds * 1000);
  document.addEventListener("visibilitychange", () => void look());
}

/** What that page says; where it says nothing, as when something is wrong, nothing is new. */
async function outcomeOn(path) {
  const response = await fetch(path);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const { outcome } = page.querySelector("[data-outcome]").dataset;
  return outcome;
}

whenThere("[data-watch]", watch);
