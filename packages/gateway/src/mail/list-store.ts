import type { Pool } from "pg";

export const mailStates = ["pending", "sent", "given_up"] as const;

export type MailState = (typeof mailStates)[number];

/** A mail as operators see it; its contents are the reader's. */
export interface KeptMail {
  readonly id: string;
  readonly about: string;
  readonly purpose: string;
  readonly to: string;
  readonly subject: string;
  readonly state: MailState;
  readonly refusals: number;
  readonly lastAnswer: string | null;
  readonly createdAt: Date;
  readonly dueAt: Date;
  readonly settledAt: Date | null;
}

interface KeptRow {
  mail_id: string;
  about: string;
  purpose: string;
  recipient: string;
  subject: string;
  state: MailState;
  refusals: number;
  last_answer: string | null;
  created_at: Date;
  due_at: Date;
  settled_at: Date | null;
}

/** The profile's newest mails, newest first; those about one thing, or in one state, if asked. */
export async function listMails(
  pool: Pool,
  profileId: number,
  {
    about,
    state,
    limit,
  }: { readonly about?: string | undefined; state?: MailState | undefined; limit: number },
): Promise<readonly KeptMail[]> {
  const { rows } = await pool.query<KeptRow>(
    `select mail_id, about, purpose, recipient, subject, state, refusals, last_answer, created_at,
       due_at, settled_at
     from mail where profile_id = $1 and ($2::text is null or about = $2)
       and ($3::text is null or state = $3)
     order by mail_id desc limit $4`,
    [profileId, about, state, limit],
  );
  return rows.map((row) => ({
    id: row.mail_id,
    about: row.about,
    purpose: row.purpose,
    to: row.recipient,
    subject: row.subject,
    state: row.state,
    refusals: row.refusals,
    lastAnswer: row.last_answer,
    createdAt: row.created_at,
    dueAt: row.due_at,
    settledAt: row.settled_at,
  }));
}
