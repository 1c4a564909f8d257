// The sandbox's pages work without this file. It copies, keeps a test payment up to date while the
// page is in sight, and says aloud what has arrived.

const refreshMs = 700;
const slowRefreshMs = 3000;

const announcer = document.querySelector("#announcer");

function announce(text) {
  if (announcer) announcer.textContent = text;
}

/** Buttons that need a script are hidden until there is one. */
function showCopyButtons(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("button[data-copy]")) button.hidden = false;
}

async function copyFrom(button) {
  const label = button.querySelector("[data-label]");
  label.dataset.before ??= label.textContent;
  const copied = await navigator.clipboard.writeText(button.dataset.copy).then(
    () => true,
    () => false,
  );
  label.textContent = copied ? "Copied" : "Not copied";
  announce(label.textContent);
  setTimeout(() => {
    label.textContent = label.dataset.before;
  }, 1600);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-copy]");
  if (button) void copyFrom(button);
});

/** What the reader has opened, scrolled and focused survives the swap. */
function rememberPlace(root) {
  const active = document.activeElement;
  const closest = root.contains(active) ? active.closest("[data-key], [data-focus]") : null;
  return {
    folds: new Map(
      Array.from(root.querySelectorAll("details[data-key]"), (fold) => [
        fold.dataset.key,
        fold.open,
      ]),
    ),
    scrolls: new Map(
      Array.from(root.querySelectorAll("pre"), (pre) => [
        pre.getAttribute("aria-label"),
        pre.scrollTop,
      ]),
    ),
    focus: closest?.dataset.key ?? closest?.dataset.focus,
  };
}

function restorePlace(root, place) {
  for (const fold of root.querySelectorAll("details[data-key]")) {
    fold.open = place.folds.get(fold.dataset.key) ?? fold.open;
  }
  for (const pre of root.querySelectorAll("pre")) {
    pre.scrollTop = place.scrolls.get(pre.getAttribute("aria-label")) ?? 0;
  }
  if (place.focus === undefined) return;
  const again =
    root.querySelector(`details[data-key="${place.focus}"] > summary`) ??
    root.querySelector(`[data-focus="${place.focus}"]`);
  again?.focus({ preventScroll: true });
}

function stagesOf(root) {
  return new Map(
    Array.from(root.querySelectorAll("[data-leg]"), (leg) => [leg.dataset.leg, leg.dataset.stage]),
  );
}

/** Marks what is new, so that it can be seen where it came from, and says it. */
function markArrivals(root, before, momentsBefore) {
  const news = [];
  for (const leg of root.querySelectorAll("[data-leg]")) {
    if (before.get(leg.dataset.leg) === leg.dataset.stage) continue;
    leg.classList.add("fresh");
    const name = leg.querySelector("h2")?.textContent ?? "";
    news.push(`${name}: ${leg.querySelector(".stage")?.textContent?.trim() ?? ""}`);
  }
  for (const moment of [...root.querySelectorAll(".moment")].slice(momentsBefore)) {
    moment.classList.add("fresh");
  }
  if (news.length > 0) announce(news.join(". "));
}

function update(live, state) {
  const place = rememberPlace(live);
  const stages = stagesOf(live);
  const moments = live.querySelectorAll(".moment").length;
  live.innerHTML = state.html;
  live.dataset.version = state.version;
  showCopyButtons(live);
  restorePlace(live, place);
  markArrivals(live, stages, moments);
}

async function refresh(live) {
  const reply = await fetch(live.dataset.state, {
    cache: "no-store",
    headers: { "if-none-match": `"${live.dataset.version}"` },
  });
  if (reply.status !== 200) return false;
  update(live, await reply.json());
  return true;
}

/** Quick while things happen, slower once nothing has changed for a minute. */
function keepUpToDate(live) {
  let lastChange = performance.now();
  let timer;
  const tick = async () => {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") return;
    if (await refresh(live).catch(() => false)) lastChange = performance.now();
    const quiet = performance.now() - lastChange > 60_000;
    clearTimeout(timer);
    timer = setTimeout(tick, quiet ? slowRefreshMs : refreshMs);
  };
  document.addEventListener("visibilitychange", () => {
    lastChange = performance.now();
    void tick();
  });
  timer = setTimeout(tick, refreshMs);
}

document.documentElement.classList.add("scripted");
showCopyButtons(document);
const live = document.querySelector("#live");
if (live) keepUpToDate(live);
