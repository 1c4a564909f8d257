import type { Pool } from "pg";
import {
  toTransaction,
  transactionColumns,
  type TransactionRow,
} from "../transactions/transactions-store.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** The profile's newest payments, newest first; a tran_ref begins with its day and counts up. */
export async function newestPayments(
  pool: Pool,
  profileId: number,
  limit: number,
): Promise<Transaction[]> {
  const { rows } = await pool.query<TransactionRow>({
    name: "newest-payments",
    text: `select ${transactionColumns} from transaction where profile_id = $1
      order by tran_ref desc limit $2`,
    values: [profileId, limit],
  });
  return rows.map(toTransaction);
}
