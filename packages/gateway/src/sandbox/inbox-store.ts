import type { Pool } from "pg";
import {
  type HeaderPair,
  inboxesPerProfileMax,
  type InboxKind,
  type InboxMessage,
  messagesPerInboxMax,
} from "./inbox.ts";

interface Inbox {
  readonly profileId: number;
  readonly inboxId: string;
}

interface MessageRow {
  kind: InboxKind;
  at: Date;
  tran_ref: string;
  method: string;
  url: string;
  headers: HeaderPair[];
  body: Buffer;
}

/** Opens an inbox for a payment and lets go of the profile's oldest ones. */
export async function openInbox(pool: Pool, inbox: Inbox, tranRef: string): Promise<void> {
  await pool.query(
    `insert into sandbox_inbox (profile_id, inbox_id, tran_ref) values ($1, $2, $3)`,
    [inbox.profileId, inbox.inboxId, tranRef],
  );
  await pool.query(
    `delete from sandbox_inbox where profile_id = $1 and inbox_id in (
      select inbox_id from sandbox_inbox where profile_id = $1
      order by created_at desc offset $2)`,
    [inbox.profileId, inboxesPerProfileMax],
  );
}

/** The payment an inbox was opened for; `undefined` when there is no such inbox. */
export async function paymentOfInbox(pool: Pool, inbox: Inbox): Promise<string | undefined> {
  const { rows } = await pool.query<{ tran_ref: string }>(
    "select tran_ref from sandbox_inbox where profile_id = $1 and inbox_id = $2",
    [inbox.profileId, inbox.inboxId],
  );
  return rows[0]?.tran_ref;
}

/** Keeps a message and lets go of the inbox's oldest ones. */
export async function keepMessage(
  pool: Pool,
  inbox: Inbox,
  message: Omit<InboxMessage, "at">,
): Promise<void> {
  const { kind, tranRef, method, url, headers, body } = message;
  await pool.query(
    `insert into sandbox_inbox_message
       (profile_id, inbox_id, kind, tran_ref, method, url, headers, body)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [inbox.profileId, inbox.inboxId, kind, tranRef, method, url, JSON.stringify(headers), body],
  );
  await pool.query(
    `delete from sandbox_inbox_message where profile_id = $1 and inbox_id = $2 and message_id <= (
      select message_id from sandbox_inbox_message where profile_id = $1 and inbox_id = $2
      order by message_id desc offset $3 limit 1)`,
    [inbox.profileId, inbox.inboxId, messagesPerInboxMax],
  );
}

/** What inboxes of this profile got about one payment, oldest first. */
export async function messagesAbout(
  pool: Pool,
  profileId: number,
  inboxIds: readonly string[],
  tranRef: string,
): Promise<InboxMessage[]> {
  const { rows } = await pool.query<MessageRow>(
    `select kind, at, tran_ref, method, url, headers, body from sandbox_inbox_message
     where profile_id = $1 and inbox_id = any($2) and tran_ref = $3 order by message_id`,
    [profileId, inboxIds, tranRef],
  );
  return rows.map(({ tran_ref: about, ...row }) => ({ ...row, tranRef: about }));
}
