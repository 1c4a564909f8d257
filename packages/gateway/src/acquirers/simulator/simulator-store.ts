import type { Pool } from "pg";
import type { FinalAnswer } from "../acquirer.ts";

/** What a page of the simulator shows, and where it sends the shopper afterwards. */
interface OutsideView {
  readonly merchantName: string;
  readonly amount: string;
  readonly currency: string;
  readonly language: "en" | "ar";
  readonly backUrl: string;
  readonly frameAncestors?: readonly string[];
}

/** The issuer's page of a 3-D Secure challenge. */
export interface ChallengeView extends OutsideView {
  readonly maskedCard: string;
}

/** The page of a method's provider. */
export interface ProviderView extends OutsideView {
  /** Code of `payment_methods`. */
  readonly method: string;
}

export function isProviderView(view: ChallengeView | ProviderView | null): view is ProviderView {
  return view !== null && "method" in view;
}

/** One authorisation in the simulator's book. */
export interface BookEntry {
  readonly requestId: string;
  readonly challengeToken: string | null;
  readonly challenge: ChallengeView | ProviderView | null;
  readonly challengeOpen: boolean;
  /** While a challenge is open, the answer it will have when it is passed. */
  readonly answer: FinalAnswer | null;
  readonly answersInMs: number;
  /** What becomes of a refund of it. */
  readonly refunds: Refunds;
}

export type Refunds = "at_once" | "later" | "never";

interface BookRow {
  request_id: string;
  challenge_token: string | null;
  challenge: ChallengeView | ProviderView | null;
  challenge_open: boolean;
  answer: FinalAnswer | null;
  waits_ms: number;
  refunds: Refunds;
}

const columns = `request_id, challenge_token, challenge, challenge_open, answer, refunds,
  greatest(0, extract(epoch from answers_at - now()) * 1000)::float8 as waits_ms`;

const toEntry = (row: BookRow): BookEntry => ({
  requestId: row.request_id,
  challengeToken: row.challenge_token,
  challenge: row.challenge,
  challengeOpen: row.challenge_open,
  answer: row.answer,
  answersInMs: row.waits_ms,
  refunds: row.refunds,
});

/** Writes the authorisation down; `false` when this request id is in the book already. */
export async function enterAuthorisation(
  pool: Pool,
  profileId: number,
  entry: BookEntry,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: "simulator-enter",
    text: `insert into simulator_authorisation
      (profile_id, request_id, challenge_token, challenge, challenge_open, answer, answers_at,
        refunds)
      values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7::float8 / 1000), $8)
      on conflict (profile_id, request_id) do nothing`,
    values: [
      profileId,
      entry.requestId,
      entry.challengeToken,
      entry.challenge,
      entry.challengeOpen,
      entry.answer,
      entry.answersInMs,
      entry.refunds,
    ],
  });
  return rowCount === 1;
}

export async function findAuthorisation(
  pool: Pool,
  profileId: number,
  requestId: string,
): Promise<BookEntry | undefined> {
  const { rows } = await pool.query<BookRow>({
    name: "simulator-find",
    text: `select ${columns} from simulator_authorisation where profile_id = $1 and request_id = $2`,
    values: [profileId, requestId],
  });
  return rows[0] && toEntry(rows[0]);
}

export async function findChallenge(
  pool: Pool,
  profileId: number,
  challengeToken: string,
): Promise<BookEntry | undefined> {
  const { rows } = await pool.query<BookRow>({
    name: "simulator-find-challenge",
    text: `select ${columns} from simulator_authorisation
      where profile_id = $1 and challenge_token = $2`,
    values: [profileId, challengeToken],
  });
  return rows[0] && toEntry(rows[0]);
}

/**
 * Ends an open challenge with this answer; the first one to do so wins.
 *
 * @param answersInMs how long every inquiry is told "not yet" all the same, in ms
 */
export async function closeChallenge(
  pool: Pool,
  profileId: number,
  requestId: string,
  answer: FinalAnswer,
  answersInMs = 0,
): Promise<void> {
  await pool.query({
    name: "simulator-close-challenge",
    text: `update simulator_authorisation set challenge_open = false, answer = $3,
        answers_at = greatest(answers_at, now() + make_interval(secs => $4::float8 / 1000))
      where profile_id = $1 and request_id = $2 and challenge_open`,
    values: [profileId, requestId, answer, answersInMs],
  });
}
