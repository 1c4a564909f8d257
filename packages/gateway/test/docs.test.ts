import { join } from "node:path";
import { responseCode, responseCodeNames, statuses } from "@wasl/protocol";
import { expect, test } from "vitest";
import { testCards } from "../src/acquirers/simulator/test-cards.ts";
import { oneTimeCodes } from "../src/acquirers/simulator/three-ds.ts";
import { settings } from "../src/config.ts";
import { errorCatalogue } from "../src/errors.ts";
import { repository } from "./support/tidy-rules.ts";

// These documents are made from the code. `npm run docs` writes them anew; a test run that finds a
// difference fails.

const document = (name: string) => join(repository, "docs", name);

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

test("docs/errors.md is the error catalogue", async () => {
  const errors = Object.entries(errorCatalogue).map(([name, { status, code, message, when }]) => [
    name,
    status.toString(),
    code.toString(),
    `\`${message}\``,
    when,
  ]);
  const codes = responseCodeNames.map((name) => {
    const { code, status, message } = responseCode(name);
    return [code, `${status} ${statuses[status]}`, message];
  });
  const text = `# Errors and response codes

Made from \`packages/gateway/src/errors.ts\` and \`packages/protocol/src/response-codes.ts\`
(\`npm run docs\`).

## Errors of API calls

A call that cannot be served gets this status and the body \`{"code", "message", "trace"}\`. Switch on
\`code\`: the text may change. Give the \`trace\` when you ask for help.

${table(["Name", "HTTP", "`code`", "`message`", "When"], errors)}

## Response codes of payments

\`response_code\` in Callback, query and Return. A paid or held payment has the issuer's approval code
instead: \`G\` and five digits in the sandbox.

${table(["Code", "Status", "Message"], codes)}
`;
  await expect(text).toMatchFileSnapshot(document("errors.md"));
});

test("docs/configuration.md is the table of settings", async () => {
  const rows = Object.values(settings).map((setting) => [
    `\`${setting.environment}\``,
    "flag" in setting ? `\`${setting.flag.replaceAll("|", "\\|")}\`` : "",
    setting.fallback === "" ? "" : `\`${setting.fallback}\``,
    setting.about,
  ]);
  const text = `# Configuration

Made from \`packages/gateway/src/config.ts\` (\`npm run docs\`). A flag is stronger than the environment.
All faults are reported at once, at start.

${table(["Environment", "Flag", "Default", "What it does"], rows)}
`;
  await expect(text).toMatchFileSnapshot(document("configuration.md"));
});

const behaviours = {
  approve: "Approved",
  hold: "Held for review (H)",
  insufficient_funds: "Declined, 316",
  no_answer: "No answer: pending, then error 401 once the acquirer is asked again",
  late_answer: "Approved, but the answer comes late: pending until the acquirer is asked again",
} as const;

test("docs/test-cards.md is the list of test cards", async () => {
  const cards = testCards.map((card) => [
    `\`${card.number.replaceAll(/(.{4})(?=.)/g, "$1 ")}\``,
    card.brand,
    card.securityCode,
    card.threeDs ? "yes" : "no",
    behaviours[card.behaviour],
    card.published ? "ClickPay" : "Wasl",
  ]);
  const codes = Object.entries(oneTimeCodes).map(([code, result]) => [`\`${code}\``, result]);
  const text = `# Test cards

Made from \`packages/gateway/src/acquirers/simulator/test-cards.ts\` (\`npm run docs\`). Any future expiry
and any name will do. A wrong security code is declined with 305. Every other number is refused by the
sandbox: never enter a real card.

${table(["Number", "Brand", "Security code", "3-D Secure", "What happens", "From"], cards)}

## One-time codes of the 3-D Secure simulator

The buttons approve, reject or cancel; a code in the field decides by itself. Five minutes without an
answer end the challenge (345).

${table(["Code", "Result"], codes)}
`;
  await expect(text).toMatchFileSnapshot(document("test-cards.md"));
});
