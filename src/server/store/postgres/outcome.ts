/** What became of a transaction whose commit was not answered. */
import type { Client } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseAddress } from './address.js';
import { areOfOneInstance, connect, cutOff, timed } from './connect.js';

const ASK_AGAIN_MS = 50;

export type Commit = {
  /** The number that the transaction had. */
  readonly xid: string;
  /** The connection on which it was to be committed. */
  readonly lost: object;
};

/**
 * Asks on new connections until somebody says. Returns null when nobody has for `within_ms`, or when what is said can't be
 * believed: a PostgreSQL that ended meanwhile may have given the number of a transaction that was lost to another.
 */
export async function outcomeOf(
  address: DatabaseAddress,
  { xid, lost }: Commit,
  within_ms: number,
): Promise<'committed' | 'aborted' | null> {
  const until = performance.now() + within_ms;
  let client: Client | null = null;
  try {
    while (performance.now() < until) {
      try {
        client ??= await connect(address);
        const answer = await client.query<{ status: string | null }>(
          timed({ text: 'SELECT pg_xact_status($1::xid8) AS status', values: [xid] }),
        );
        const status = answer.rows[0]?.status ?? null;
        if (status === 'committed') return areOfOneInstance(lost, client) ? status : null;
        if (status === 'aborted') return status;
        if (status === null) return null;
      } catch {
        if (client !== null) cutOff(client);
        client = null;
      }
      await sleep(ASK_AGAIN_MS);
    }
    return null;
  } finally {
    await client?.end().catch(() => undefined);
  }
}
