/** Sessions that are live, alone and with the roles of their accounts. */
import type { Session, SessionEndReason } from '../../../protocol/index.js';
import type { Reader } from '../tx.js';
import { rolesAmong } from '../records/roles.js';
import { REFRESH_TOKEN, type RefreshTokenRow } from '../records/refresh_tokens.js';
import { LIVE, SESSION_COLUMNS, toSession, type SessionRow } from '../records/sessions.js';

/** A live session with the roles of its account. */
export type FoundSession = {
  readonly session: Session;
  readonly account_id: string;
  readonly account_name: string;
  readonly roles: readonly string[];
  /** SHA-256 of its token as Latin-1: a string takes a third of the memory of a buffer, and is a key of maps. */
  readonly token_key: string;
};

/** A session beside one of the roles of its account. */
type LiveSessionRow = SessionRow & {
  readonly account_name: string;
  readonly token_hash: Uint8Array;
  readonly role: string | null;
};

/** A session of an active account, one row for each of its roles: session and roles are of one moment. */
const LIVE_SESSION = `SELECT ${SESSION_COLUMNS}, a.account_name, s.token_hash, r.role FROM sessions s
  JOIN accounts a ON a.account_id = s.account_id LEFT JOIN account_roles r ON r.account_id = a.account_id
  WHERE ${LIVE} AND a.status = 'active'`;

export class SessionReads {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Returns the live session that a token's hash belongs to, on an active account; null for everything else. */
  async byTokenHash(tokenHash: Uint8Array, at: number): Promise<FoundSession | null> {
    return toFound(
      await this.#reader.all<LiveSessionRow>(
        `${LIVE_SESSION} AND s.token_hash = $1 ORDER BY r.role`,
        tokenHash,
        at,
      ),
    );
  }

  /** The same by session id, for connections that are signed in already. */
  async byId(sessionId: string, at: number): Promise<FoundSession | null> {
    return toFound(
      await this.#reader.all<LiveSessionRow>(
        `${LIVE_SESSION} AND s.session_id = $1 ORDER BY r.role`,
        sessionId,
        at,
      ),
    );
  }

  /** Returns a refresh token of a live session by its digest; null for everything else. */
  async refreshToken(tokenHash: Uint8Array, at: number): Promise<RefreshTokenRow | null> {
    return (await this.#reader.get<RefreshTokenRow>(REFRESH_TOKEN, tokenHash, at)) ?? null;
  }

  /** Returns the live sessions of an account, most recently active first. */
  async ofAccount(accountId: string, at: number, currentId: string | null): Promise<Session[]> {
    const rows = await this.#reader.all<SessionRow>(
      `SELECT ${SESSION_COLUMNS} FROM sessions s WHERE s.account_id = $1 AND ${LIVE}
       ORDER BY s.last_active_at DESC, s.session_id`,
      accountId,
      at,
    );
    return rows.map((row) => toSession(row, currentId));
  }

  /** Returns why a session was ended; null while nobody has ended it, whatever its dates say. */
  async endReason(sessionId: string): Promise<SessionEndReason | null> {
    const row = await this.#reader.get<{ end_reason: SessionEndReason | null }>(
      'SELECT end_reason FROM sessions WHERE session_id = $1',
      sessionId,
    );
    // Rows of sessions go with their account; those that were ended stay for months.
    return row === undefined ? 'account_deleted' : row.end_reason;
  }

  /** Returns how many live sessions an account has. */
  async countOf(accountId: string, at: number): Promise<number> {
    const row = await this.#reader.get<{ live: number }>(
      `SELECT count(*) AS live FROM sessions s WHERE s.account_id = $1 AND ${LIVE}`,
      accountId,
      at,
    );
    return row?.live ?? 0;
  }
}

function toFound(rows: readonly LiveSessionRow[]): FoundSession | null {
  const [found] = rows;
  if (found === undefined) return null;
  return {
    session: toSession(found, found.session_id),
    account_id: found.account_id,
    account_name: found.account_name,
    roles: rolesAmong(rows),
    token_key: Buffer.from(found.token_hash).toString('latin1'),
  };
}
