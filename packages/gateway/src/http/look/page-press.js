/*
 * Stands before page.js in the same module.
 */

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
addEventListener("mousedown", () => (waiting ??= []), true);
for (const end of ["mouseup", "dragend", "contextmenu", "keydown", "pagehide"]) {
  // The click comes right after the release, in the same task.
  addEventListener(end, () => setTimeout(endPress), true);
}

function endPress() {
  const acts = waiting ?? [];
  waiting = null;
  for (const act of acts) act();
}
