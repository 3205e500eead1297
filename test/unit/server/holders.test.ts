import { describe, expect, test, vi } from 'vitest';
import { StorageUnavailableError } from '../../../src/server/store/index.js';
import { Holders } from '../../../src/server/store/holders.js';

/** Accounts whose roles are read as they are when it is asked, and told when it is let go. */
class LateAccounts {
  reads = 0;
  readonly roles = new Map<string, readonly string[]>();
  #held: (() => void)[] = [];

  get waiting(): number {
    return this.#held.length;
  }

  letGo(): void {
    for (const resolve of this.#held.splice(0)) resolve();
  }

  rolesOfActive = async (ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> => {
    this.reads += 1;
    const found = new Map(
      ids.flatMap((id) => {
        const roles = this.roles.get(id);
        return roles === undefined ? [] : [[id, roles] as const];
      }),
    );
    await new Promise<void>((resolve) => this.#held.push(resolve));
    return found;
  };
}

const changed = (account_id: string) => ({ kind: 'account_changed', account_id }) as const;

async function known(...names: readonly string[]): Promise<{ holders: Holders; accounts: LateAccounts }> {
  const accounts = new LateAccounts();
  for (const name of names) accounts.roles.set(name, ['user']);
  const holders = new Holders(accounts);
  const all = holders.of(names);
  accounts.letGo();
  await all;
  accounts.reads = 0;
  return { holders, accounts };
}

describe('who holds which roles', () => {
  test('is asked once for many, and then known, until they change', async () => {
    const { holders, accounts } = await known('a', 'b');
    expect(holders.of(['a', 'b', 'a'])).toEqual(
      new Map([
        ['a', ['user']],
        ['b', ['user']],
      ]),
    );
    expect(accounts.reads).toBe(0);
    accounts.roles.set('a', ['editor', 'user']);
    holders.hear(changed('a'));
    const asked = holders.of(['a', 'b']);
    accounts.letGo();
    expect((await asked).get('a')).toEqual(['editor', 'user']);
    expect((await asked).get('b')).toEqual(['user']);
    expect(accounts.reads).toBe(1);
    holders.hear({ kind: 'everything' });
    expect(holders.of(['b'])).toBeInstanceOf(Promise);
    accounts.letGo();
  });

  test('who is not active, or not there, is asked for each time', async () => {
    const { holders, accounts } = await known('a');
    for (const reads of [1, 2]) {
      const asked = holders.of(['nobody']);
      accounts.letGo();
      expect([...(await asked)]).toEqual([]);
      expect(accounts.reads).toBe(reads);
    }
    accounts.roles.set('nobody', ['user']);
    const asked = holders.of(['nobody', 'a']);
    accounts.letGo();
    expect((await asked).size).toBe(2);
  });

  test('what changes while it is read is read again, also of those that were known', async () => {
    const { holders, accounts } = await known('a');
    accounts.roles.set('b', ['user']);
    const asked = Promise.resolve(holders.of(['a', 'b']));
    accounts.roles.delete('a');
    accounts.roles.set('b', ['editor', 'user']);
    holders.hear(changed('a'));
    accounts.letGo();
    await vi.waitFor(() => expect(accounts.waiting).toBe(1));
    accounts.letGo();
    expect(await asked).toEqual(new Map([['b', ['editor', 'user']]]));
  });

  test('what changes with each read is not available', async () => {
    const { holders, accounts } = await known();
    const asked = Promise.resolve(holders.of(['a']));
    for (let n = 0; n < 5; n += 1) {
      await vi.waitFor(() => expect(accounts.waiting).toBe(1));
      holders.hear(changed('a'));
      accounts.letGo();
    }
    await expect(asked).rejects.toThrow(StorageUnavailableError);
  });
});
