/** Faults of operations, planted between them and the database: what a forgotten lock or condition would ask of it. */
import type { QueryConfig, QueryResult } from 'pg';
import { LOCKS } from '../../src/server/store/postgres/locks.js';
import type { Connection } from '../../src/server/store/postgres/transactions.js';
import type { LockKind } from '../../src/server/store/lock_order.js';
import type { SqlRow } from '../../src/server/store/tx.js';
import type { Planted } from './operation_pairs.js';

type Ask = <R extends SqlRow>(asked: QueryConfig<unknown[]>) => Promise<QueryResult<R>>;

/** Returns a fault that asks something else. It is made anew for each transaction. */
const asking =
  (make: (ask: Ask) => Ask): Planted =>
  (connection): Connection => {
    const query = make((asked) => connection.query(asked));
    return { query, end: () => connection.end(), release: (lost) => connection.release(lost) };
  };

const rewriting = (rewrite: (text: string) => string): Planted =>
  asking((ask) => (asked) => {
    const text = rewrite(asked.text);
    // What it is called by belongs to the text that it had.
    return ask(text === asked.text ? asked : { text, values: asked.values ?? [] });
  });

/** A statement has another text. Nothing else does: one that isn't asked any more would go unnoticed. */
export const instead = (from: string, to: string): Planted =>
  rewriting((text) => (text.includes(from) ? text.replace(from, to) : text));

/** Nothing of a kind is locked. */
export const withoutLock = (kind: LockKind): Planted =>
  rewriting((text) =>
    text === LOCKS[kind].sql ? 'SELECT pg_current_xact_id()::text AS xid FROM unnest($1::text[])' : text,
  );

/** Whoever acts is asked for once, and not again behind a lock. */
export const askedOnce: Planted = asking((ask) => {
  const answers = new Map<string, Promise<QueryResult<never>>>();
  return <R extends SqlRow>(asked: QueryConfig<unknown[]>): Promise<QueryResult<R>> => {
    if (!asked.text.includes('AS good')) return ask<R>(asked);
    const answer = answers.get(asked.text) ?? ask<never>(asked);
    answers.set(asked.text, answer);
    return answer;
  };
});
