import type { Pool } from "pg";
import type { HeldMail } from "./mail.ts";
import type { MailStep } from "./verdict.ts";

interface HeldRow {
  profile_id: number;
  mail_id: string;
  about: string;
  purpose: string;
  recipient: string;
  subject: string;
  body_text: string;
  body_html: string;
  refusals: number;
  created_at: Date;
  lease_token: string;
}

/**
 * Takes mails that are due, and keeps other nodes off them until the lease ends.
 *
 * @param leaseMs how long this node has for them
 */
export async function claimMails(
  pool: Pool,
  { limit, leaseToken, leaseMs }: { limit: number; leaseToken: string; leaseMs: number },
): Promise<readonly HeldMail[]> {
  const { rows } = await pool.query<HeldRow>({
    name: "claim-mails",
    text: `with due as materialized (
        select profile_id, mail_id from mail where state = 'pending' and due_at <= now()
        order by due_at limit $1 for update skip locked)
      update mail m set due_at = now() + make_interval(secs => $2::float8 / 1000), lease_token = $3
      from due where m.profile_id = due.profile_id and m.mail_id = due.mail_id
      returning m.profile_id, m.mail_id, m.about, m.purpose, m.recipient, m.subject, m.body_text,
        m.body_html, m.refusals, m.created_at, m.lease_token`,
    values: [limit, leaseMs, leaseToken],
  });
  return rows.map((row) => ({
    profileId: row.profile_id,
    id: row.mail_id,
    about: row.about,
    purpose: row.purpose,
    to: row.recipient,
    subject: row.subject,
    text: row.body_text,
    html: row.body_html,
    refusals: row.refusals,
    createdAt: row.created_at,
    leaseToken: row.lease_token,
  }));
}

/**
 * Makes the CTE that notes, in the words of whoever asked for mails, what became of them.
 *
 * @param source the CTE of the mails just settled: `profile_id`, `mail_id`, `about`, `purpose`,
 * `state` (`sent` or `given_up`), `last_answer`
 */
export type MailNote = (source: string) => string;

/**
 * Writes what an attempt came to, only under its lease, with the note that belongs to it.
 *
 * @returns whether it was written; `false` when another node has the mail by now
 */
export async function recordMail(
  pool: Pool,
  held: HeldMail,
  step: MailStep,
  note: MailNote | undefined,
): Promise<boolean> {
  const { rows } = await pool.query<{ written: bigint }>({
    name: "record-mail",
    text: `with written as (
        update mail set state = $4, lease_token = null, last_answer = $5, refusals = refusals + $6,
          due_at = now() + make_interval(secs => $7::float8 / 1000),
          settled_at = case when $4 <> 'pending' then now() end
        where profile_id = $1 and mail_id = $2 and lease_token = $3 and state = 'pending'
        returning profile_id, mail_id, about, purpose, state, last_answer),
      settled as (select * from written where state <> 'pending')
      ${note === undefined ? "" : `, ${note("settled")}`}
      select count(*) as written from written`,
    values: [
      held.profileId,
      held.id,
      held.leaseToken,
      step.state,
      step.answer,
      step.state === "pending" && step.counts ? 1 : 0,
      step.state === "pending" ? step.delayMs : 0,
    ],
  });
  return rows[0]?.written === 1n;
}

/** Deletes mails that were settled so many days ago, some at a time; returns how many. */
export async function forgetMails(pool: Pool, days: number, limit: number): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from mail where (profile_id, mail_id) in (
       select profile_id, mail_id from mail
       where state <> 'pending' and settled_at < now() - make_interval(days => $1)
       order by settled_at limit $2)`,
    [days, limit],
  );
  return rowCount ?? 0;
}

/** How the fleet stands with its mails. */
export interface MailBacklog {
  readonly pending: number;
  readonly givenUp: number;
  /** Seconds for which the oldest due mail that no node holds has been due. */
  readonly oldestDueS: number;
}

/** Counts from indexes alone; they end at `countMax`. */
export async function readMailBacklog(
  pool: Pick<Pool, "query">,
  countMax: number,
): Promise<MailBacklog> {
  const { rows } = await pool.query<{ pending: number; given_up: number; oldest: number }>({
    name: "read-mail-backlog",
    text: `select
      (select count(*)::integer from
        (select from mail where state = 'pending' limit $1) as counted) as pending,
      (select count(*)::integer from
        (select from mail where state = 'given_up' limit $1) as counted) as given_up,
      (select coalesce(extract(epoch from now() - min(due_at)), 0)::float8 from mail
       where state = 'pending' and due_at <= now()) as oldest`,
    values: [countMax],
  });
  const [row] = rows;
  if (row === undefined) throw new Error("the counts of mails were not returned");
  return { pending: row.pending, givenUp: row.given_up, oldestDueS: row.oldest };
}
