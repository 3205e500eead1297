/** What shows a session to be in use is said by the entries alone: other entries, the same server, another answer. */
import { afterAll, expect, test, vi } from 'vitest';
import type { ActionSpec } from '../../src/protocol/index.js';
import { FakeClock, MINUTE_MS } from '../support/fake_clock.js';

// A table of this file's own: other files of the same worker must neither have read it before nor find it changed.
vi.resetModules();
afterAll(() => void vi.resetModules());
const { ACTIONS } = await import('../../src/protocol/index.js');
// Before anything reads it. The first two as a later version may say it; without the third, reads don't count.
const change = (spec: ActionSpec, renews: ActionSpec['renews']): void => void Object.assign(spec, { renews });
change(ACTIONS.probe, ['connection', 'session']);
change(ACTIONS.resume, ['session']);
change(ACTIONS.get_profile, []);
const { openBeside } = await import('../support/database.js');
const { startServer } = await import('../support/server.js');
const { registered, resumed } = await import('../support/raw_peer.js');

test('a change of entries changes what renews a session', async () => {
  const clock = new FakeClock();
  await using server = await startServer({ clock });
  await using anna = await registered(server, 'anna');
  const lastActive = (): number => {
    using db = openBeside(server.data_folder);
    const sql = 'SELECT last_active_at AS at FROM sessions WHERE session_id = ?';
    return db.prepare<[string], { at: number }>(sql).get(anna.session_id)?.at ?? -1;
  };
  /** Nobody waits for the note of it; a write that is waited for comes after it. */
  const written = async (): Promise<number> => {
    await anna.peer.ask('confirm_password', { password: 'wrong horse' });
    return lastActive();
  };
  const began = lastActive();

  clock.advance(2 * MINUTE_MS);
  await anna.peer.call('get_profile');
  await anna.peer.call('server_info');
  expect(lastActive()).toBe(began);

  await anna.peer.call('probe');
  await expect.poll(lastActive, { timeout: 30_000 }).toBe(clock.now());

  clock.advance(2 * MINUTE_MS);
  await using again = await resumed(server, anna.session_token);
  await expect.poll(lastActive, { timeout: 30_000 }).toBe(clock.now());
  // It is cached by now; asking again at once writes nothing.
  await again.call('probe');
  expect(await written()).toBe(clock.now());
});
