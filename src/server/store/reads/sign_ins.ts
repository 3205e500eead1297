/** The history of sign-ins. */
import type { ResultOf } from '../../../protocol/index.js';
import type { Reader } from '../tx.js';

export type SignInEntry = ResultOf<'login_history'>['entries'][number] & { readonly sign_in_id: number };

export class SignInReads {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Returns sign-ins of an account, newest first, older than `before` when it is given. */
  async ofAccount(accountId: string, before: number | null, limit: number): Promise<SignInEntry[]> {
    type SignInRow = Omit<SignInEntry, 'success'> & { success: number };
    const rows = await this.#reader.all<SignInRow>(
      `SELECT sign_in_id, at, method, success, failure, address, client_name, client_version, os, host_name
       FROM sign_ins WHERE account_id = $1 AND sign_in_id < $2 ORDER BY sign_in_id DESC LIMIT $3`,
      accountId,
      before ?? Number.MAX_SAFE_INTEGER,
      limit,
    );
    return rows.map((row) => ({ ...row, success: row.success === 1 }));
  }
}
