import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lastAuditSeq } from '../support/database.js';
import { registered, resumed, type SignedIn } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let anna: SignedIn;
beforeAll(async () => {
  server = await startServer();
  anna = await registered(server, 'anna', {}, { email: 'anna@example.test' });
});
afterAll(async () => {
  await anna[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe('the own profile', () => {
  test('what is named changes, null clears, the rest stays', async () => {
    const before = (await anna.peer.call('get_profile')).account;
    const { account } = await anna.peer.call('update_profile', {
      changes: {
        first_name: 'Anna',
        last_name: 'Ölund',
        bio: 'two\nlines',
        phone: '+46 8 123',
        locale: 'sv-SE',
      },
      version: before.version,
    });
    expect(account).toMatchObject({
      first_name: 'Anna',
      last_name: 'Ölund',
      bio: 'two\nlines',
      email: 'anna@example.test',
      version: before.version + 1,
    });
    const cleared = await anna.peer.call('update_profile', { changes: { bio: null, phone: null } });
    expect(cleared.account).toMatchObject({ bio: null, phone: null, first_name: 'Anna', locale: 'sv-SE' });
    expect((await anna.peer.call('get_profile')).account).toEqual(cleared.account);
  });

  test('a cleared e-mail address is free for others and signs nobody in', async () => {
    await using boris = await registered(server, 'boris', {}, { email: 'boris@example.test' });
    await boris.peer.call('update_profile', { changes: { email: null } });
    await using cleo = await registered(server, 'cleo', {}, { email: 'BORIS@example.test' });
    expect((await cleo.peer.call('get_profile')).account.email).toBe('BORIS@example.test');
  });

  test('the own e-mail address in another case is no conflict, somebody else’s is', async () => {
    await using dora = await registered(server, 'dora', {}, { email: 'dora@example.test' });
    await dora.peer.call('update_profile', { changes: { email: 'DORA@example.test' } });
    const refusal = await dora.peer.ask('update_profile', {
      changes: { email: 'ANNA@example.test', first_name: 'Not' },
    });
    expectRefusal(refusal, 'email_taken');
    expect((await dora.peer.call('get_profile')).account).toMatchObject({
      email: 'DORA@example.test',
      first_name: null,
    });
  });

  test('an edit of an older version is refused and changes nothing', async () => {
    const { account } = await anna.peer.call('get_profile');
    await anna.peer.call('update_profile', { changes: { first_name: 'Newer' } });
    const stale = { changes: { first_name: 'Older' }, version: account.version };
    expectRefusal(await anna.peer.ask('update_profile', stale), 'stale_version');
    expect((await anna.peer.call('get_profile')).account.first_name).toBe('Newer');
  });

  test('of two edits of one version at the same moment one wins', async () => {
    const { version } = (await anna.peer.call('get_profile')).account;
    await using other = await resumed(server, anna.session_token);
    const replies = await Promise.all(
      [anna.peer, other].map((peer, n) =>
        peer.ask('update_profile', { changes: { bio: `edit ${n}` }, version }),
      ),
    );
    expect(replies.map(({ code }) => code).sort()).toEqual(['stale_version', undefined]);
  });

  test('a change that changes nothing keeps the version and leaves no audit row', async () => {
    const { account } = await anna.peer.call('update_profile', { changes: { first_name: 'Same' } });
    const before = lastAuditSeq(server.data_folder);
    for (const changes of [{}, { first_name: 'Same' }, { bio: account.bio, phone: account.phone }]) {
      expect((await anna.peer.call('update_profile', { changes })).account).toEqual(account);
    }
    expect(lastAuditSeq(server.data_folder)).toBe(before);
  });

  test.each([
    ['first_name', 'a\u{7}b'],
    ['first_name', 'line\nline'],
    ['last_name', 'x'.repeat(101)],
    ['last_name', '   '],
    ['email', 'no at sign'],
    ['email', 'two@at@signs'],
    ['email', 'a@b\u{202E}c'],
    ['email', 'Anna <anna@example.test>'],
    ['phone', 'call me'],
    ['bio', 'x'.repeat(1001)],
    ['bio', 'tab\tin it'],
    ['picture_url', 'javascript:alert(1)'],
    ['picture_url', 'https://пример.test/'],
    ['locale', 'x'],
    ['locale', 'en_US'],
  ])('%s can not be %j', async (name, value) => {
    const refusal = await anna.peer.ask('update_profile', { changes: { [name]: value } });
    expectRefusal(refusal, 'invalid_params');
    expect(refusal['details']).toMatchObject([{ path: `changes.${name}` }]);
    expect(JSON.stringify(refusal)).not.toContain(value.slice(0, 50));
  });

  test.each(['account_name', 'roles', 'status', 'version', 'account_id', 'password_hash', 'created_at'])(
    '%s is not among what people edit',
    async (name) => {
      const refusal = await anna.peer.ask('update_profile', { changes: { [name]: 'admin' } });
      expectRefusal(refusal, 'invalid_params');
      expect(refusal['details']).toMatchObject([{ path: `changes.${name}`, reason: 'unknown_parameter' }]);
    },
  );
});
