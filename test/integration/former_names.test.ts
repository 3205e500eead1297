/** Names and addresses that were stored in the forms of an earlier release go on working, and the doctor lists them. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runAccount } from '../../src/server/commands/account.js';
import { inspectDatabase } from '../../src/server/store/sqlite/inspection.js';
import { openFile } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { administrator, authenticated, PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { startServer, temporaryFolder } from '../support/server.js';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Accounts as an earlier release could store them, by the name under which they are made here. */
const OLD: Readonly<
  Record<string, { readonly name: string; readonly email: string; readonly unique: string }>
> = {
  'first.one': { name: 'νικοσ.παπασ', email: 'νικος@example.org', unique: 'νικος@example.org' },
  'second.one': { name: 'νικος.παπας', email: 'νικοσ@example.org', unique: 'νικοσ@example.org' },
  'third.one': { name: 'σασ', email: 'Κώστας.Α@example.org', unique: 'κώστας.α@example.org' },
  'fourth.one': { name: 'bori\u0307s', email: 'a\u034fb@example.org', unique: 'a\u034fb@example.org' },
  'fifth.one': { name: 'boris', email: 'boris@example.org', unique: 'boris@example.org' },
};

/** Returns what `auth-server unlock NAME --json` says. */
async function unlocked(name: string): Promise<unknown> {
  const out: string[] = [];
  const asked = { command: 'unlock', positionals: [name], flags: { data: folder }, json: true } as const;
  const terminal = { out: (text: string) => out.push(text), complain: (text: string) => out.push(text) };
  expect(await runAccount(asked, {}, terminal)).toBe(0);
  return JSON.parse(out.join(''));
}

test.runIf(onSqlite('no earlier release was on another engine'))(
  'they sign in by name and by address after the database was brought up to date, and the doctor lists them',
  async () => {
    const ids = new Map<string, string>();
    {
      const server = await startServer({ data_folder: folder });
      await (await administrator(server))[Symbol.asyncDispose]();
      for (const name of Object.keys(OLD)) {
        const one = await registered(server, name);
        ids.set(name, one.account_id);
        await one.peer[Symbol.asyncDispose]();
      }
      await server.stop();
    }
    {
      using db = openFile(folder);
      const change = db.prepare(
        'UPDATE accounts SET account_name = ?, email = ?, email_canonical = ?, name_skeleton = ? WHERE account_id = ?',
      );
      for (const [made, { name, email, unique }] of Object.entries(OLD))
        change.run(name, email, unique, name, ids.get(made));
      // As a database of the release before: the next start fills what is derived anew.
      const { fillNameSkeletons } =
        await import('../../src/server/store/sqlite/migrations/name_skeletons.js');
      fillNameSkeletons(db);
    }
    await using server = await startServer({ data_folder: folder });
    for (const [made, { name, email }] of Object.entries(OLD)) {
      for (const typed of [name, name.normalize('NFD'), email]) {
        await using one = await authenticated(server, typed);
        expect(one.account_id, `${made} by ${typed}`).toBe(ids.get(made));
        // The device on which they did so is known from then on, as it is for everybody.
        await using peer = await RawPeer.handshaken(server);
        const user = { account_name: typed, password: PASSWORD };
        const { device_token } = await peer.call('authenticate', { user });
        await peer.call('logout');
        const again = await peer.call('authenticate', { user, device_token });
        expect(again.device_token, `${made} by ${typed}`).toBe(device_token);
        // And the host's commands mean the same account as its owner.
        const said = await unlocked(typed);
        expect(said, typed).toMatchObject({ account_id: ids.get(made) });
      }
    }
    // Who had the only form of a name or address has the new one, and is found by every spelling.
    for (const typed of ['ΣΑΣ', 'σας', 'ΚΏΣΤΑΣ.Α@EXAMPLE.ORG', 'κώστασ.α@example.org']) {
      await using one = await authenticated(server, typed);
      expect(one.account_id, typed).toBe(ids.get('third.one'));
    }
    const listed = inspectDatabase(join(folder, 'portcullis.db'), { thorough: false }).former_forms;
    const by = (made: string): string[] =>
      listed.filter(({ account_id }) => account_id === ids.get(made)).map(({ what }) => what);
    expect(by('first.one').sort()).toEqual(['account_name', 'email']);
    // The older of two that look alike holds the look.
    expect(by('second.one')).toEqual(['account_name']);
    expect(by('third.one')).toEqual([]);
    expect(by('fourth.one').sort()).toEqual(['account_name', 'email']);
    expect(by('fifth.one')).toEqual([]);
  },
);
