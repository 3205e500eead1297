/** What another process does to the database beside a server, and how the server hears of it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store, Who } from '../../src/server/store/index.js';
import { openBeside } from '../support/database.js';
import { administrator, RawPeer, registered, resumed, type SignedIn } from '../support/raw_peer.js';
import { openBesideServer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let beside: Store;
let boss: SignedIn;
let anna: SignedIn;
beforeEach(async () => {
  server = await startServer();
  boss = await administrator(server);
  anna = await registered(server, 'anna.one');
  beside = await openBesideServer(server.data_folder);
});
afterEach(async () => {
  await beside.close();
  await server[Symbol.asyncDispose]();
});

const host = (): Who => ({ at: Date.now(), actor: { kind: 'host' }, address: 'console' });

/** What is promised: heard within a second. A busy machine gets more, but not a minute. */
async function within<T>(wait: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('nothing was heard of it')), 10_000);
  });
  try {
    return await Promise.race([wait, late]);
  } finally {
    clearTimeout(timer);
  }
}

function announced(): string[] {
  using db = openBeside(server.data_folder);
  return db.prepare<[], string>('SELECT what FROM announcements ORDER BY announcement_id').pluck().all();
}

describe('a write beside the server', () => {
  test('the end of a session closes its connections with the reason, and a token is no good any more', async () => {
    await using second = await resumed(server, anna.session_token);
    await using witness = await RawPeer.handshaken(server);
    const before = await witness.call('verify_token', { token: anna.session_token });
    expect(before.active).toBe(true);
    const { account_id, session_id } = anna;
    await beside.run('revoke_session', { who: host(), account_id, session_id, reason: 'revoked' });
    const ended = { event: 'session_ended', data: { session_id, reason: 'revoked' } };
    expect(await within(anna.peer.takeAll())).toMatchObject([ended]);
    expect(await within(second.takeAll())).toMatchObject([ended]);
    expect((await witness.call('verify_token', { token: anna.session_token })).active).toBe(false);
    // Nobody else is disturbed.
    await boss.peer.call('whoami');
  });

  test('a role given from the host counts in the next request, and is told', async () => {
    expect((await anna.peer.call('whoami')).permissions).toEqual([]);
    const { account_id } = anna;
    await beside.run('assign_role', { who: host(), account_id, role: 'moderator' });
    const event = await within(anna.peer.event('account_changed'));
    expect(event).toMatchObject({ data: { account: { account_id, roles: ['moderator', 'user'] } } });
    expect((await anna.peer.call('whoami')).permissions).toEqual(['users.read', 'users.suspend']);
  });

  test('a suspension from the host ends every session of the account, an untouched one goes on', async () => {
    const { account_id, session_id } = anna;
    await beside.run('suspend_account', { who: host(), account_id, reason: null });
    expect(await within(anna.peer.takeAll())).toMatchObject([
      { event: 'session_ended', data: { session_id, reason: 'account_suspended' } },
    ]);
    await boss.peer.call('whoami');
  });

  test('what was refused leaves no announcement', async () => {
    const { account_id } = anna;
    const refused = await beside.run('unassign_role', { who: host(), account_id, role: 'admin' });
    expect(refused).toMatchObject({ failed: 'wrong_status' });
    expect(announced()).toEqual([]);
  });

  test('what this release can not read means: look at everything again', async () => {
    const { session_id } = anna;
    await anna.peer.call('whoami');
    {
      using db = openBeside(server.data_folder);
      db.prepare("UPDATE sessions SET ended_at = 1, end_reason = 'token_reused' WHERE session_id = ?").run(
        session_id,
      );
      db.prepare('INSERT INTO announcements (what) VALUES (?)').run('{"kind":"from a later release"}');
    }
    expect(await within(anna.peer.takeAll())).toMatchObject([
      { event: 'session_ended', data: { session_id, reason: 'token_reused' } },
    ]);
    await boss.peer.call('whoami');
  });
});

describe('what can not be carried out when it is heard', () => {
  /** Adds announcements in the moment in which a table can not be read, and gives it back once that was noticed. */
  const unread = async (table: string, what: readonly object[], before = ''): Promise<void> => {
    using db = openBeside(server.data_folder);
    db.transaction(() => {
      if (before !== '') db.exec(before);
      for (const one of what)
        db.prepare('INSERT INTO announcements (what) VALUES (?)').run(JSON.stringify(one));
      db.exec(`ALTER TABLE ${table} RENAME TO gone`);
    })();
    const said = (): string[] => server.log_lines.filter((line) => line.includes('could not be carried out'));
    await expect.poll(said, { timeout: 30_000 }).not.toEqual([]);
    // Some looks later it has not been said again.
    const before_ms = performance.now();
    await expect.poll(() => performance.now() - before_ms, { timeout: 30_000 }).toBeGreaterThan(1_000);
    expect(said()).toHaveLength(1);
    db.exec(`ALTER TABLE gone RENAME TO ${table}`);
    await expect
      .poll(() => server.log_lines.join(''), { timeout: 30_000 })
      .toContain('the database can be asked again');
  };

  test('everything is looked at later', async () => {
    const { session_id } = anna;
    await unread(
      'sessions',
      [{ kind: 'everything' }],
      `UPDATE sessions SET ended_at = 1, end_reason = 'token_reused' WHERE session_id = '${session_id}'`,
    );
    expect(await within(anna.peer.takeAll())).toMatchObject([
      { event: 'session_ended', data: { session_id, reason: 'token_reused' } },
    ]);
    await boss.peer.call('whoami');
  });

  test('an account that has changed is shown later', async () => {
    const { account_id } = anna;
    await unread(
      'account_roles',
      [{ kind: 'account_changed', account_id }],
      `INSERT INTO account_roles (account_id, role) VALUES ('${account_id}', 'moderator')`,
    );
    expect(await within(anna.peer.event('account_changed'))).toMatchObject({
      data: { account: { account_id, roles: ['moderator', 'user'] } },
    });
  });
});

describe('a write of the server itself', () => {
  test('is heard at the outcome and leaves no row: nobody else remembers anything', async () => {
    const { account_id } = anna;
    await boss.peer.call('assign_role', { account_id, role: 'moderator' });
    await within(anna.peer.event('account_changed'));
    await boss.peer.call('suspend_user', { account_id });
    await within(anna.peer.takeAll());
    expect(announced()).toEqual([]);
  });
});

test('after a pause in which rows may have come and gone, everything is looked at; after a shorter one it is not', async () => {
  const heard: string[] = [];
  beside.listen(({ kind }) => heard.push(kind));
  const minutes = (n: number): Promise<void> => beside.hearOthers(n * 60_000);
  await minutes(0);
  expect(heard).toEqual([]);
  await minutes(29);
  expect(heard).toEqual([]);
  const { account_id } = anna;
  const another = await openBesideServer(server.data_folder);
  await another.run('assign_role', { who: host(), account_id, role: 'moderator' });
  await another.close();
  await minutes(60);
  expect(heard).toEqual(['everything', 'account_changed']);
  await minutes(61);
  expect(heard).toHaveLength(2);
});

test('rows of an hour ago are removed, newer ones stay', async () => {
  const { account_id } = anna;
  await beside.run('assign_role', { who: host(), account_id, role: 'moderator' });
  {
    using db = openBeside(server.data_folder);
    db.prepare('INSERT INTO announcements (at, what) VALUES (?, ?)').run(1_000, '{"kind":"everything"}');
  }
  const times = { ended_before: 0, sign_ins_before: 0, counters_before: 0, rotated_before: 0 };
  await beside.run('prune', { at: 0, ...times, announced_before: 2_000 });
  expect(announced()).toEqual([JSON.stringify({ kind: 'account_changed', account_id })]);
});
