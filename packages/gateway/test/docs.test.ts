import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { collectDefaultMetrics, Registry } from "prom-client";
import {
  findPaymentMethod,
  type MethodAbility,
  responseCode,
  responseCodeNames,
  statuses,
} from "@wasl/protocol";
import { expect, test } from "vitest";
import { providerMethods, providerMinutesMax } from "../src/acquirers/provider-methods.ts";
import { refusals, testCards } from "../src/acquirers/simulator/test-cards.ts";
import { openWalletToken, simulatedVersion } from "../src/acquirers/simulator/wallet-token.ts";
import { oneTimeCodes } from "../src/acquirers/simulator/three-ds.ts";
import { settings } from "../src/config.ts";
import { verdicts } from "../src/deliveries/verdicts.ts";
import { errorCatalogue } from "../src/errors.ts";
import { metricCatalogue, type MetricEntry } from "../src/operators/metrics-catalogue.ts";
import { asyncApi } from "../src/reference/asyncapi.ts";
import { areas } from "../src/reference/compatibility/compatibility.ts";
import type { Area, Row } from "../src/reference/compatibility/row.ts";
import { openApi } from "../src/reference/openapi.ts";
import { dashboard, notOnDashboard } from "./support/dashboard.ts";
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

/** A refusal's letter, code and text are those of the catalogue. */
const refused = Object.fromEntries(
  Object.entries(refusals).map(([behaviour, name]) => {
    const { code, status, message } = responseCode(name);
    return [behaviour, `${status === "D" ? "Declined" : "Error"}, ${code}: ${message}`];
  }),
) as Record<keyof typeof refusals, string>;

const behaviours = {
  ...refused,
  approve: "Approved",
  hold: "Held for review (H)",
  no_answer: "No answer: pending, then error 401 once the acquirer is asked again",
  late_answer: "Approved, but the answer comes late: pending until the acquirer is asked again",
  late_refund: "Approved; its refunds are pending for some seconds, then approved",
  no_refund: "Approved; its refunds are declined, 335",
  no_recurring: "Approved; declined (316) when the merchant charges it again without the shopper",
} as const;

/** A token of the simulated wallet, as a shop would send it, and what is in its `data`. */
function walletExample(): { readonly payload: object; readonly token: object } {
  const card = testCards.find(({ behaviour }) => behaviour === "approve");
  const payload = {
    applicationPrimaryAccountNumber: card?.number ?? "",
    applicationExpirationDate: "391231",
  };
  const data = Buffer.from(JSON.stringify(payload)).toString("base64");
  const token = {
    paymentMethod: { displayName: "Visa 1111", network: "Visa", type: "credit" },
    transactionIdentifier: "7F0C9D31",
    paymentData: { version: simulatedVersion, data },
  };
  return { payload, token };
}

test("the example of the simulated wallet is a token that it opens", () => {
  const reading = openWalletToken(walletExample().token);
  expect(reading).toMatchObject({ ok: true, card: { expiryMonth: 12, expiryYear: 2039 } });
});

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
  const wallet = walletExample();
  const providers = providerMethods.map(({ code, names }) => {
    const { currencies, abilities = [], aliases = [] } = findPaymentMethod(code) ?? {};
    const can = (ability: MethodAbility) => (abilities.includes(ability) ? "yes" : "no");
    return [
      [code, ...aliases].map((name) => `\`${name}\``).join(", "),
      [...new Set([names.en, names.ar])].join(" · "),
      currencies?.join(" ") ?? "any",
      can("auth"),
      can("refund"),
      can("framed"),
    ];
  });
  const text = `# Test cards

Made from \`packages/gateway/src/acquirers/simulator/test-cards.ts\` (\`npm run docs\`). Any future expiry
and any name will do. A wrong security code is declined with 305. Every other number is refused by the
sandbox: never enter a real card.

${table(["Number", "Brand", "Security code", "3-D Secure", "What happens", "From"], cards)}

## One-time codes of the 3-D Secure simulator

The buttons approve, reject or cancel; a code in the field decides by itself. Five minutes without an
answer end the challenge (345).

${table(["Code", "Result"], codes)}

## Methods paid on a provider's page

A request that names them in \`payment_methods\`, or a profile that lists them, puts a button for each on the page. It
leads to a simulated page of the provider, where you pay, refuse, cancel, let the answer come late, or leave: after
${providerMinutesMax} minutes the payment expires. No card is needed, and nothing is stored.

${table(["Code", "On the page", "Currencies", "Auth", "Refund", "In a frame"], providers)}

## The simulated wallet

\`apple_pay_token\` has Apple Pay's shape, with the version \`${simulatedVersion}\` and a payload that is not encrypted:
\`paymentData.data\` is its base64. The expiry is \`YYMMDD\`. The card is one of those above and does what it says there,
without a security code and 3-D Secure: the shopper's device has seen to that. With
\`"paymentData": {"eciIndicator": "07"}\` in the payload it has not, and a card with 3-D Secure asks for it: the reply is
a page object then. A real token is refused with
code 2, and so is one that was used before: each payment needs a \`transactionIdentifier\` of its own. The payload

\`\`\`json
${JSON.stringify(wallet.payload)}
\`\`\`

makes

\`\`\`json
${JSON.stringify({ apple_pay_token: wallet.token }, undefined, 2)}
\`\`\`
`;
  await expect(text).toMatchFileSnapshot(document("test-cards.md"));
});

const asJson = (made: object): string => `${JSON.stringify(made, undefined, 2)}\n`;

test("docs/openapi.json describes the merchant API", async () => {
  const made = asJson(openApi("http://127.0.0.1:4400"));
  await expect(made).toMatchFileSnapshot(document("openapi.json"));
});

test("docs/asyncapi.json describes the transaction responses", async () => {
  await expect(asJson(asyncApi())).toMatchFileSnapshot(document("asyncapi.json"));
});

/** Members of schemas in code, with the braces that a row has for several of them. */
const nameCell = ([name]: Row, { members }: Area): string =>
  members === true ? `\`${name}\`` : name;

test("docs/compatibility.md is the list of compatibility", async () => {
  const tables = areas.map(
    (area) => `## ${area.title}

${table(
  ["What", "Section", "State", "It is", "What Wasl chose"],
  area.rows.map((row) => {
    const [, source, state, about, note = ""] = row;
    return [nameCell(row, area), source, state, about, note].map((text) =>
      text.replaceAll("|", "\\|"),
    );
  }),
)}`,
  );
  const text = `# Compatibility with PT2

Made from \`packages/gateway/src/reference/compatibility/\` (\`npm run docs\`); tests hold it against the code.
Every field, rule and response of the protocol, with its state:

- **done**: as the protocol says, or as Wasl chose where it is silent or its sources disagree;
- **differs**: in another way, and why;
- **simulated**: by the sandbox's own acquirer, which moves no money;
- **not offered**: what happens instead is said.

\`a.{b,c}\` is \`a.b\` and \`a.c\`.

[openapi.json](openapi.json) describes the calls and [asyncapi.json](asyncapi.json) the responses; a running gateway
serves both. [Errors](errors.md) and [test cards](test-cards.md) have pages of their own.

${tables.join("\n\n")}
`;
  await expect(text).toMatchFileSnapshot(document("compatibility.md"));
});

const metrics = Object.values<MetricEntry>(metricCatalogue);

/** A label with its values, unless they are too many for a cell. */
const labelCell = ([label, values]: [string, readonly string[]]) =>
  values.length > 6 ? `\`${label}\`: see below` : `\`${label}\`: ${values.join(", ")}`;

const metricTable = (of: MetricEntry["of"]) =>
  table(
    ["Metric", "Type", "Labels", "What it tells", "When to worry"],
    metrics
      .filter((metric) => metric.of === of)
      .map(({ name, type, labels, help, worry }) => [
        `\`${name}\``,
        type,
        Object.entries(labels).map(labelCell).join("; "),
        help,
        worry,
      ]),
  );

test("docs/metrics.md is the catalogue of metrics", async () => {
  const text = `# Metrics

Made from \`packages/gateway/src/operators/metrics-catalogue.ts\` (\`npm run docs\`). \`GET /metrics\` serves them
with Node's own (\`process_…\`, \`nodejs_…\`) at every node, whatever its role; [operating](operating.md) says
who may ask, which alerts are worth having, and what to do about them.

Times are seconds. No label grows: there are no merchants, lanes or addresses among the values.

## Of the node

Each node counts for itself: add them up.

${metricTable("node")}

## Of the fleet

Read from the database, at most every five seconds and by one statement. Every node that is asked says the
same: take the maximum, never the sum. Absent while the database does not answer.

${metricTable("fleet")}

## Verdicts

Values of \`verdict\`, and what a merchant is told of each.

${table(
  ["Verdict", "What happened", "What to do"],
  Object.entries(verdicts).map(([code, { sentence, fix }]) => [`\`${code}\``, sentence, fix]),
)}
`;
  await expect(text).toMatchFileSnapshot(document("metrics.md"));
});

test("docs/grafana/wasl.json is the dashboard", async () => {
  const text = `${JSON.stringify(dashboard(), undefined, 2)}\n`;
  await expect(text).toMatchFileSnapshot(document("grafana/wasl.json"));
});

/** Metrics a text speaks of, without the endings of a histogram's series. */
function metricsIn(text: string): Set<string> {
  const histograms = new Set(
    metrics.filter(({ type }) => type === "histogram").map(({ name }) => name),
  );
  const names = [...text.matchAll(/\b(?:wasl|nodejs|process)_\w+/g)].map(([name]) => {
    const base = name.replace(/_(?:bucket|sum|count)$/, "");
    return histograms.has(base) ? base : name;
  });
  return new Set(names);
}

/** Selectors that name a label, or a value of one, that the metric never has. */
function impossibleSelectors(text: string): string[] {
  return [...text.matchAll(/\b(wasl_\w+)\{([^}]*)\}/g)].flatMap(([, name = "", inside = ""]) => {
    const metric = metrics.find((known) => metricsIn(name).has(known.name));
    return [...inside.matchAll(/(\w+)(?:=~|!=|=)"([^"]*)"/g)]
      .filter(([, label = "", values = ""]) => {
        const known = metric?.labels[label] ?? [];
        const ofPrometheus = label === "job" || label === "instance";
        return !ofPrometheus && !values.split("|").every((value) => known.includes(value));
      })
      .map(([selector]) => `${name}{${selector}}`);
  });
}

/** Names that no node serves. */
function unknownMetrics(text: string): string[] {
  const ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  const served = new Set([...metrics, ...ofProcess.getMetricsAsArray()].map(({ name }) => name));
  return [...metricsIn(text)].filter((name) => !served.has(name));
}

test("a metric that is not served is noticed", () => {
  expect(unknownMetrics("rate(wasl_delivery_atempts_total[5m])")).toHaveLength(1);
  expect(unknownMetrics("wasl_payment_commit_seconds_bucket")).toEqual([]);
  expect(impossibleSelectors('wasl_node_info{role=~"all|master"}')).toHaveLength(1);
  expect(impossibleSelectors('wasl_payment_commit_seconds_bucket{pool="x"}')).toHaveLength(1);
  expect(impossibleSelectors('wasl_node_info{role=~"all|worker",job=~"$job"}')).toEqual([]);
});

test("the dashboard shows metrics that are served, and leaves none out unsaid", () => {
  const expressions = [...JSON.stringify(dashboard()).matchAll(/"expr":("(?:[^"\\]|\\.)*")/g)]
    .map(([, expr = '""']) => JSON.parse(expr) as string)
    .join("\n");
  expect(unknownMetrics(expressions)).toEqual([]);
  expect(impossibleSelectors(expressions)).toEqual([]);
  const shown = metricsIn(expressions);
  expect(metrics.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual(
    Object.keys(notOnDashboard),
  );
});

test("the dashboard's panels have ids of their own and do not overlap", () => {
  const { panels } = dashboard();
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { h, w, x, y } }) =>
    Array.from({ length: h * w }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...panels.map(({ gridPos: { w, x } }) => x + w))).toBe(24);
});

test("docs/operating.md speaks of metrics that are served, and its links lead somewhere", () => {
  const text = readFileSync(document("operating.md"), "utf8");
  expect(unknownMetrics(text)).toEqual([]);
  expect(impossibleSelectors(text)).toEqual([]);
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = ""]) => target);
  expect(links.filter((target) => !existsSync(document(target)))).toEqual([]);
});
