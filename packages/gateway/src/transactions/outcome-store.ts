import type { Queryable } from "../database/in-transaction.ts";
import { enqueueCtes } from "../deliveries/enqueue.ts";
import { mailCtes } from "../mail/enqueue-store.ts";
import type { Outcome, TransactionFacts } from "../responses/facts.ts";
import { keptCardCte, type KeptCardEnd, keptCardValues } from "./tokens-store.ts";
import { statesAllowing, type TransactionEvent, type TransactionStep } from "./transaction.ts";

/**
 * What somebody else writes with an outcome, in the same statement: an order of their own that the
 * payment settles.
 */
export interface OutcomeCompanion {
  /** Names the statement; one for each text. */
  readonly name: string;
  /**
   * CTEs. `done` has a row (`profile_id`, `tran_ref`) if the outcome was written; `$4::jsonb` is
   * the outcome, as `Outcome` says.
   */
  readonly ctes: string;
}

/** What a completion writes, beside the outcome itself. */
export interface CompletionRow {
  readonly profileId: number;
  readonly tranRef: string;
  readonly step: TransactionStep;
  /** Lines of history, oldest first. */
  readonly events: readonly Pick<TransactionEvent, "kind" | "actor" | "detail">[];
  readonly outcome: Outcome;
  readonly customer: TransactionFacts["customer"];
  readonly callbackDelivery: string | undefined;
  /** With step `await`: where the bill can be paid in a browser. */
  readonly payUrl: string | undefined;
  /** From `enqueueParameter`. */
  readonly deliveries: string;
  /** From `mailParameter`; `undefined`: none, and the statement is the shorter one. */
  readonly mails: string | undefined;
  /** It follows another transaction, which gets back what was reserved unless this is authorised. */
  readonly followUp: boolean;
  readonly companion: OutcomeCompanion | undefined;
  /** What becomes of the card this payment keeps in the vault, if it keeps one. */
  readonly keptCard: KeptCardEnd | undefined;
}

/** A part of the statement that not every completion needs, with its own parameters. */
interface Extra {
  /** Tells this statement from those without the part. */
  readonly name: string;
  readonly values: readonly unknown[];
  /** Assignments to the transaction. */
  readonly set?: (parameter: string) => string;
  /** CTEs that follow `done`. */
  readonly ctes?: (parameter: string) => string;
}

/** Frees what a follow-up had reserved that the acquirer refused. */
const givenBack = ["captured", "released", "refunded"].map(
  (balance) => `${balance}_minor = original.${balance}_minor
    - case when done.reserves = '${balance}' then done.amount_minor else 0 end`,
);

const giveBack: Extra = {
  name: "giving-back",
  values: [],
  ctes: () => `given_back as (
        update transaction original set ${givenBack.join(", ")}
        from done
        where $4::jsonb ->> 'status' <> 'A' and done.reserves is not null
          and original.profile_id = done.profile_id and original.tran_ref = done.previous_tran_ref)`,
};

function endOf(keptCard: KeptCardEnd): Extra {
  return {
    name: keptCard.kind,
    values: keptCardValues(keptCard),
    ctes: (parameter) => keptCardCte(keptCard, "done", parameter),
  };
}

function extrasOf(completion: CompletionRow): Extra[] {
  const { step, payUrl, mails, followUp, companion, keptCard } = completion;
  const awaiting: Extra = {
    name: "awaiting",
    values: [payUrl],
    // The acquirer is asked soon whether the bill is paid.
    set: (parameter) => `state = 'awaiting', completed_at = null, challenge_url = ${parameter},
          due_at = now() + interval '3 seconds'`,
  };
  const mailing: Extra = {
    name: "mailing",
    values: [mails],
    ctes: (parameter) => mailCtes("done", parameter),
  };
  return [
    ...(step === "await" ? [awaiting] : []),
    ...(mails === undefined ? [] : [mailing]),
    ...(followUp ? [giveBack] : []),
    ...(keptCard ? [endOf(keptCard)] : []),
    ...(companion ? [{ name: companion.name, values: [], ctes: () => companion.ctes }] : []),
  ];
}

const ended = "state = 'completed', completed_at = now()";

/**
 * Writes the outcome, its history, its deliveries and its e-mails in one statement, so together or
 * not at all.
 *
 * @returns whether this call wrote the outcome; `false` when the payment had moved on
 */
export async function writeOutcome(
  connection: Queryable,
  completion: CompletionRow,
): Promise<boolean> {
  const values = [
    completion.profileId,
    completion.tranRef,
    statesAllowing(completion.step),
    completion.outcome,
    completion.callbackDelivery,
    completion.customer,
    JSON.stringify(completion.events),
    completion.deliveries,
  ];
  const extras = extrasOf(completion);
  const sets: string[] = [];
  const ctes: string[] = [];
  for (const { set, ctes: more, values: own } of extras) {
    const parameter = `$${values.length + 1}`;
    if (set) sets.push(set(parameter));
    if (more) ctes.push(`, ${more(parameter)}`);
    values.push(...(own as typeof values));
  }
  const { rows } = await connection.query<{ done: bigint }>({
    name: ["write-outcome", ...extras.map(({ name }) => name)].join("-"),
    text: `with done as (
        update transaction set outcome = $4, callback_delivery = $5,
          details = jsonb_set(details, '{customer}', $6), ${sets.join(", ") || ended}
        where profile_id = $1 and tran_ref = $2 and state = any($3)
        returning profile_id, tran_ref, previous_tran_ref, reserves, amount_minor, saves_card),
      history as (
        insert into transaction_event (profile_id, tran_ref, kind, actor, detail)
        select profile_id, tran_ref, kind, actor, detail
        from done, rows from (json_to_recordset($7::json)
          as (kind text, actor text, detail jsonb)) with ordinality as e (kind, actor, detail, place)
        order by place),
      ${enqueueCtes("done", "$8")}${ctes.join("")}
      select count(*) as done from done`,
    values,
  });
  return rows[0]?.done === 1n;
}
