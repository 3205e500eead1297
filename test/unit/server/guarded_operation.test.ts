import { expect, test } from 'vitest';
import { fail } from '../../../src/protocol/index.js';
import { operation } from '../../../src/server/store/operations/operation.js';
import { authorityOf, type Who } from '../../../src/server/store/operations/who.js';
import type { SqlRow, Tx } from '../../../src/server/store/tx.js';

const SESSION: Who = {
  at: 1,
  actor: { kind: 'session', account_id: 'a_1', session_id: 's_1', secret_id: null, permission: null },
  address: '127.0.0.1',
};
const ADMINISTRATOR: readonly SqlRow[] = [{ role: 'admin', good: 1 }];
const isGuard = (sql: string): boolean => sql.includes('FROM sessions s JOIN accounts a');

/** A database that answers when it is told to, everything in the order in which it was asked. */
class SlowTx implements Tx {
  readonly waits = true;
  readonly asked: string[] = [];
  readonly #guards: (readonly SqlRow[])[];
  readonly #answers: (() => void)[] = [];

  /** `guards`: what the question for whoever acts finds, each time. */
  constructor(...guards: (readonly SqlRow[])[]) {
    this.#guards = guards;
  }

  async get<R extends object = SqlRow>(sql: string): Promise<R | undefined> {
    return (await this.all<R>(sql))[0];
  }

  all<R extends object = SqlRow>(sql: string): Promise<R[]> {
    this.asked.push(isGuard(sql) ? 'guard' : sql);
    const rows = isGuard(sql) ? (this.#guards.shift() ?? []) : [{ found: 1 }];
    return new Promise((resolve, reject) =>
      this.#answers.push(() => {
        if (sql === 'fails') reject(new Error('fails'));
        else resolve(rows as unknown as R[]);
      }),
    );
  }

  async run(sql: string): Promise<number> {
    return (await this.all(sql)).length;
  }

  write(sql: string): Promise<void> {
    this.asked.push(sql);
    return Promise.resolve();
  }

  lock(kind: string): Promise<void> {
    this.asked.push(`lock ${kind}`);
    return Promise.resolve();
  }

  announce(): Promise<void> {
    return Promise.resolve();
  }

  /** Answers everything that is asked until nothing more is. */
  async answerAll(): Promise<void> {
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#answers.length === 0) return;
      for (const answer of this.#answers.splice(0)) answer();
    }
  }
}

/** Runs an operation on an account and answers its questions. */
async function outcome<R>(tx: SlowTx, run: (tx: Tx) => Promise<R>): Promise<unknown> {
  const asked = operation({ locks: ['account'] }, (guarded: Tx, _args: { readonly who: Who }) =>
    run(guarded),
  )(tx, { who: SESSION }).catch(String);
  await tx.answerAll();
  return asked;
}

test('what is read goes out behind the question for whoever acts, without a wait', async () => {
  const tx = new SlowTx(ADMINISTRATOR);
  const run = operation({ locks: ['account'] }, async (guarded: Tx, _args: { readonly who: Who }) => {
    await guarded.lock('account', 'a_1');
    return guarded.get('read');
  })(tx, { who: SESSION });
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(tx.asked).toEqual(['lock account', 'guard', 'read']);
  await tx.answerAll();
  expect(await run).toEqual({ found: 1 });
});

test.each([
  ['reads', async (tx: Tx) => tx.get('read')],
  ['writes', async (tx: Tx) => tx.write('write')],
  ['refuses by itself', async (tx: Tx) => ((await tx.get('read')) === undefined ? null : fail('not_found'))],
  ['refuses without a question', () => Promise.resolve(fail('not_found'))],
  ['fails', async (tx: Tx) => tx.get('fails')],
])('whoever may not any more hears just that, of an operation that %s', async (_, run) => {
  const tx = new SlowTx([]);
  const said = await outcome(tx, async (guarded) => {
    await guarded.lock('account', 'a_1');
    return run(guarded);
  });
  expect(said).toMatchObject({ failed: 'session_invalid', not_admitted: true });
});

test('let in before the locks, and not behind them', async () => {
  const tx = new SlowTx(ADMINISTRATOR, []);
  const said = await outcome(tx, async (guarded) => {
    await guarded.get('early');
    await guarded.lock('account', 'a_1');
    return guarded.get('read');
  });
  expect(tx.asked).toEqual(['guard', 'early', 'lock account', 'guard', 'read']);
  expect(said).toMatchObject({ failed: 'session_invalid' });
});

test('what somebody may do is known when it is asked for, however late its answer is', async () => {
  const may = async (guarded: Tx): Promise<boolean> => {
    await guarded.lock('account', 'a_1');
    return (await authorityOf(SESSION.actor)).has('users.suspend');
  };
  expect(await outcome(new SlowTx(ADMINISTRATOR), may)).toBe(true);
  expect(await outcome(new SlowTx([{ role: 'user', good: 1 }]), may)).toBe(false);
  // Of the time before nothing is left.
  expect(await outcome(new SlowTx([]), may)).toMatchObject({ failed: 'session_invalid' });
});
