/**
 * Somebody asks for many long pages at once: as many as a connection may have in work, and together far more than may wait for
 * whoever doesn't read. They are made one after the other as they are taken, so who reads gets them all.
 */
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/protocol/index.js';
import { askAll } from '../support/ask_all.js';
import { openBeside } from '../support/database.js';
import { registered } from '../support/raw_peer.js';
import { startServer, type TestServer } from '../support/server.js';

/** Gives an account as long a history as a page shows, each entry with as much as a client can say of itself. */
function fillHistory(server: TestServer, account_id: string): void {
  using db = openBeside(server.data_folder);
  const said = '💃'.repeat(LIMITS.device_text_length_max);
  const add = db.prepare(
    `INSERT INTO sign_ins (account_id, at, method, success, address, client_name, client_version, os, host_name)
     VALUES (?, 1, 'password', 1, '192.0.2.1', ?, ?, ?, ?)`,
  );
  for (let n = 0; n < LIMITS.page_rows_max; n += 1) add.run(account_id, said, said, said, said);
}

const PAGE = { action: 'login_history', params: { limit: LIMITS.page_rows_max } };

test('whoever asks for as many pages at once as there can be in work, and reads, gets every one of them', async () => {
  await using server = await startServer();
  await using anna = await registered(server, 'anna');
  fillHistory(server, anna.account_id);
  const replies = await askAll(
    anna.peer,
    Array.from({ length: LIMITS.in_flight_max }, () => PAGE),
  );
  for (const reply of replies) expect(reply).toMatchObject({ response: 200 });
  // Together far more than may wait for somebody who doesn't read, or this would be no test.
  expect(JSON.stringify(replies).length).toBeGreaterThan(4 * LIMITS.outbound_bytes_max);
});
