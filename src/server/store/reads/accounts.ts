/** Accounts one by one, and what checking a password needs of them. */
import type { Account, AccountStatus } from '../../../protocol/index.js';
import { canonicalSignInName, formerSignInName, nameSkeleton } from '../../domain/index.js';
import type { Reader } from '../tx.js';
import { accountById } from '../records/accounts.js';

/** What checking a password needs. */
export type Credential = {
  readonly account_id: string;
  readonly account_name: string;
  readonly email: string | null;
  readonly status: AccountStatus;
  readonly password_hash: string | null;
};

/** Accounts that one statement is about. */
const IDS_AT_ONCE = 100;

const CREDENTIAL = 'SELECT account_id, account_name, email, status, password_hash FROM accounts';

export class AccountReads {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Returns an account, or null when there is none of that id. */
  async byId(accountId: string): Promise<Account | null> {
    return accountById(this.#reader, accountId);
  }

  /**
   * Returns the credential of the account that somebody means who typed this name, or e-mail address when it holds an `@`. Whoever
   * is still stored in the form that the name had in earlier releases is found first, as ever.
   */
  async credentialByName(typed: string): Promise<Credential | null> {
    const name = canonicalSignInName(typed);
    const former = formerSignInName(typed);
    const column = name.includes('@') ? 'email_canonical' : 'account_name';
    const sql = `${CREDENTIAL} WHERE ${column} = $1`;
    const still = former === name ? undefined : await this.#reader.get<Credential>(sql, former);
    return still ?? (await this.#reader.get<Credential>(sql, name)) ?? null;
  }

  /** The same by id. */
  async credentialById(accountId: string): Promise<Credential | null> {
    return (await this.#reader.get<Credential>(`${CREDENTIAL} WHERE account_id = $1`, accountId)) ?? null;
  }

  /** Returns the roles of those of these accounts that are active, sorted, by id. */
  async rolesOfActive(ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = new Map<string, string[]>();
    for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
      // Always as many, so that there is one statement for all.
      const some = Array.from(
        { length: ids.length === 1 ? 1 : IDS_AT_ONCE },
        (_, at) => ids[from + at] ?? ids[from] ?? '',
      );
      const rows = await this.#reader.all<{ account_id: string; role: string | null }>(
        `SELECT a.account_id, r.role FROM accounts a LEFT JOIN account_roles r ON r.account_id = a.account_id
         WHERE a.account_id IN (${some.map((_, at) => `$${at + 1}`).join(', ')}) AND a.status = 'active'
         ORDER BY a.account_id, r.role`,
        ...some,
      );
      for (const { account_id, role } of rows) {
        const roles = found.get(account_id) ?? [];
        // An account that is asked about twice may be in two parts.
        if (role !== null && !roles.includes(role)) roles.push(role);
        found.set(account_id, roles);
      }
    }
    return found;
  }

  /** Returns whether any account can administer, in whatever status. */
  async administratorExists(): Promise<boolean> {
    return (await this.#reader.get("SELECT 1 AS one FROM account_roles WHERE role = 'admin'")) !== undefined;
  }

  /** Returns whether an account has this canonical name, or one that looks like it. */
  async nameTaken(name: string): Promise<boolean> {
    const row = await this.#reader.get(
      'SELECT 1 AS one FROM accounts WHERE account_name = $1 OR name_skeleton = $2',
      name,
      nameSkeleton(name),
    );
    return row !== undefined;
  }

  /** Returns the account whose password a code lets somebody choose, or null when there is no such code, or it is too old. */
  async codeHolder(codeHash: Uint8Array, at: number): Promise<string | null> {
    const row = await this.#reader.get<{ account_id: string }>(
      `SELECT account_id FROM one_time_codes
       WHERE code_hash = $1 AND purpose = 'choose_password' AND expires_at > $2`,
      codeHash,
      at,
    );
    return row?.account_id ?? null;
  }
}
