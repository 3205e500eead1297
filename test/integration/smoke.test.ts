import { describe, expect, test } from 'vitest';
import { administrator, PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { startServer } from '../support/server.js';

describe('a first day', () => {
  test('register, be administrator, meet a second person, suspend them', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const me = await boss.peer.ask('whoami');
    expect(me['result']).toMatchObject({ account: { roles: ['admin', 'user'] } });
    const second = await registered(server, 'boris');
    expect((await second.peer.ask('list_users'))['code']).toBe('forbidden');
    const users = await boss.peer.ask('list_users', { search: 'bor' });
    expect(users['result']).toMatchObject({ total: 1, users: [{ account_name: 'boris' }] });
    const suspended = await boss.peer.ask('suspend_user', { account_id: second.account_id });
    expect(suspended['result']).toMatchObject({ ended_sessions: 1, user: { status: 'suspended' } });
    expect(await second.peer.takeAll()).toMatchObject([
      { event: 'session_ended', data: { session_id: second.session_id, reason: 'account_suspended' } },
    ]);
    await using again = await RawPeer.handshaken(server);
    const refused = await again.ask('authenticate', { user: { account_name: 'boris', password: PASSWORD } });
    expect(refused).toMatchObject({ response: 403, code: 'account_suspended' });
    await boss.peer[Symbol.asyncDispose]();
  });
});
