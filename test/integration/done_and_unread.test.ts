/** What is told of a request that was carried out when something that is read behind it can't be. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StorageUnavailableError } from '../../src/server/store/index.js';
import { SessionReads } from '../../src/server/store/reads/sessions.js';
import { PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server[Symbol.asyncDispose]();
});

/** The next read of this name is not answered: the database went away behind the write. */
const awayAt = (read: 'endReason' | 'byId') =>
  vi.spyOn(SessionReads.prototype, read).mockRejectedValueOnce(new StorageUnavailableError('away'));

describe('the database goes away behind a write', () => {
  test('whoever has registered hears it, and is signed in', async () => {
    await using peer = await RawPeer.handshaken(server);
    const away = awayAt('endReason');
    const { account } = await peer.call('register', { user: { account_name: 'anna', password: PASSWORD } });
    expect(away).toHaveBeenCalledOnce();
    expect((await peer.call('whoami')).account.account_id).toBe(account.account_id);
  });

  test('whoever signs in, too', async () => {
    await using anna = await registered(server, 'anna');
    await using peer = await RawPeer.handshaken(server);
    const away = awayAt('endReason');
    const { account } = await peer.call('authenticate', {
      user: { account_name: 'anna', password: PASSWORD },
    });
    expect(away).toHaveBeenCalledOnce();
    expect(account.account_id).toBe(anna.account_id);
  });

  test('of tokens that were exchanged nobody says that they were not; asked again they are told', async () => {
    await using anna = await registered(server, 'anna');
    const { refresh_token } = anna;
    const away = awayAt('byId');
    expectRefusal(await anna.peer.ask('refresh', { refresh_token }), 'outcome_unknown');
    expect(away).toHaveBeenCalledOnce();
    const next = await anna.peer.call('refresh', { refresh_token });
    expect(next.refresh_token).not.toBe(refresh_token);
  });

  test('of what only reads it is said that nothing was done', async () => {
    await using peer = await RawPeer.handshaken(server);
    const { session_token } = await registered(server, 'anna');
    await using other = await RawPeer.handshaken(server);
    const reads = vi
      .spyOn(SessionReads.prototype, 'byTokenHash')
      .mockRejectedValueOnce(new StorageUnavailableError('away'));
    expectRefusal(await other.ask('verify_token', { token: session_token }), 'storage_unavailable');
    expect(reads).toHaveBeenCalledOnce();
    expect(await peer.call('verify_token', { token: session_token })).toMatchObject({ active: true });
  });
});
