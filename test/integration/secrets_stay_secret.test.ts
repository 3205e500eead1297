import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/protocol/index.js';
import { openBeside, tablesOf } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { administrator, invited, RawPeer, registered, type SignedIn } from '../support/raw_peer.js';
import { startServer } from '../support/server.js';

/** Passwords that occur nowhere else, so that a single hit is a leak. */
const SECRETS = {
  password: 'Kj7-first-password-QzX',
  new_password: 'Kj7-second-password-QzX',
  wrong_password: 'Kj7-wrong-password-QzX',
  redeemed_password: 'Kj7-redeemed-password-QzX',
  misplaced: 'Kj7-misplaced-password-QzX',
  forged_session: `pcs_Kj7forgedQzX${'s'.repeat(31)}`,
  forged_code: `pcc_Kj7forgedQzX${'c'.repeat(31)}`,
  forged_setup: `pca_Kj7forgedQzX${'a'.repeat(31)}`,
} as const;

test('no password, token, code or key that went through is in the log, the tables or a refusal', async () => {
  await using server = await startServer();
  const refusals: JsonObject[] = [];
  const issued = new Map<string, string>();
  const note = (what: string, value: string | null): void => void issued.set(what, value ?? '');
  note('setup code', server.setup_code);
  note('client key', server.address.key.key.toString('base64url'));
  note('client key in hex', server.address.key.key.toString('hex'));
  note('client key in base64', server.address.key.key.toString('base64'));
  const refused = async (peer: RawPeer, action: string, params: object): Promise<void> => {
    const reply = await peer.ask(action, params);
    expect(reply['code'], `${action} should be refused`).toBeDefined();
    refusals.push(reply);
  };

  await using stranger = await RawPeer.handshaken(server);
  const user = { account_name: 'carol', password: SECRETS.password };
  await refused(stranger, 'register', { user, setup_code: SECRETS.forged_setup });
  await refused(stranger, 'resume', { session_token: SECRETS.forged_session });
  const redeem = {
    account_name: 'carol',
    code: SECRETS.forged_code,
    new_password: SECRETS.redeemed_password,
  };
  await refused(stranger, 'redeem_code', redeem);

  await using boss: SignedIn = await administrator(server);
  note('session token of the administrator', boss.session_token);
  const carol = await registered(server, 'carol', {}, { password: SECRETS.password });
  note('session token', carol.session_token);
  await refused(stranger, 'authenticate', { user: { ...user, password: SECRETS.wrong_password } });
  await refused(stranger, 'authenticate', {
    user: { account_name: 'nobody', password: SECRETS.wrong_password },
  });
  await refused(carol.peer, 'change_password', {
    current_password: SECRETS.wrong_password,
    new_password: SECRETS.new_password,
  });
  await carol.peer.call('change_password', {
    current_password: SECRETS.password,
    new_password: SECRETS.new_password,
  });
  const { account_id, code } = await invited(boss.peer, 'dora');
  note('one-time code', code);
  const dora = await stranger.call('redeem_code', {
    account_name: 'dora',
    code,
    new_password: SECRETS.redeemed_password,
  });
  note('session token after the code', dora.session_token);

  // Secrets where none belong: beside their field, as a name of a field, in the wrong action, in a frame that is no JSON.
  await using clumsy = await RawPeer.handshaken(server);
  const { misplaced } = SECRETS;
  await refused(clumsy, 'authenticate', { user: { account_name: 'carol', password: [misplaced] } });
  await refused(clumsy, 'authenticate', { password: misplaced });
  await refused(clumsy, 'probe', { password: misplaced });
  await refused(clumsy, 'whoami', { session_token: carol.session_token });
  await refused(clumsy, 'resume', { session_token: `${carol.session_token}x` });
  await refused(boss.peer, 'get_user', { account_id: misplaced });
  clumsy.send(`{"action":"authenticate","user":{"password":"${misplaced}"`);
  refusals.push((await clumsy.take())!);
  clumsy.send({ action: misplaced, id: 'x' });
  refusals.push((await clumsy.take())!);

  await boss.peer.call('suspend_user', { account_id });
  await server.stop();

  const places = new Map<string, string>();
  places.set('the log', server.log_lines.join('\n'));
  places.set('the refusals', JSON.stringify(refusals));
  {
    using db = openBeside(server.data_folder);
    for (const table of ['audit_events', 'sign_ins', 'sessions', 'accounts', 'one_time_codes']) {
      const rows = db.prepare(`SELECT * FROM ${table}`).all();
      places.set(table, JSON.stringify(rows));
      expect(rows.length, `${table} has rows, or this test proves nothing`).toBeGreaterThan(
        table === 'one_time_codes' ? -1 : 0,
      );
    }
  }
  for (const name of readdirSync(server.data_folder)) {
    if (name === 'client_key.json' || name.endsWith('_key.json')) continue;
    places.set(`the bytes of ${name}`, readFileSync(join(server.data_folder, name)).toString('latin1'));
  }
  if (onSqlite('the database is a file')) expect([...places.keys()]).toContain('the bytes of portcullis.db');
  else {
    using db = openBeside(server.data_folder);
    for (const table of tablesOf(db)) {
      const values = db
        .prepare<[], object>(`SELECT * FROM ${table}`)
        .all()
        .flatMap((row) => Object.values(row) as unknown[]);
      const texts = values.map((value) =>
        value instanceof Buffer ? value.toString('latin1') : String(value),
      );
      places.set(`the values of ${table}`, texts.join('\n'));
    }
  }
  for (const [place, text] of places) {
    for (const [what, secret] of [...Object.entries(SECRETS), ...issued]) {
      expect(secret.length).toBeGreaterThan(15);
      expect(text.includes(secret), `${what} is in ${place}`).toBe(false);
    }
  }
});

/** What the log must not tell of people, each in words that occur nowhere else. */
const PERSON = {
  account_name: 'kj7qzx.name',
  first_name: 'Kj7first-QzX',
  last_name: 'Kj7last-QzX',
  email: 'kj7mail@qzx.test',
  phone: '+7 900 765-43-21',
  bio: 'Kj7bio-QzX keeps bees',
  picture_url: 'https://kj7picture.test/qzx.png',
} as const;

test('the log tells what was done to which account, and nothing by which a person can be told or reached', async () => {
  await using server = await startServer();
  await using boss = await administrator(server);
  const { account_name, bio, picture_url, ...named } = PERSON;
  const device = { client_name: 'tool\u{202e}1.0', host_name: 'kj7host' };
  await using anna = await registered(server, account_name, { device }, named);
  await anna.peer.call('update_profile', { changes: { bio, picture_url, first_name: PERSON.first_name } });
  const { account_id } = anna;
  for (const search of [PERSON.account_name, PERSON.email])
    await boss.peer.call('list_users', { search, limit: 7 });
  await boss.peer.call('update_user', { account_id, changes: { ...named, bio, picture_url } });
  await boss.peer.call('create_user', { user: { account_name: 'kj7made.qzx' } });
  await boss.peer.call('suspend_user', { account_id, reason: `${PERSON.last_name} asked for it` });
  await using again = await RawPeer.handshaken(server);
  for (const typed of [PERSON.account_name, PERSON.email, 'Kj7-password-in-the-name-field']) {
    await again.ask('authenticate', { user: { account_name: typed, password: 'wrong horse' } });
  }
  await server.stop();

  const log = server.log_lines.join('\n');
  for (const [what, value] of Object.entries(PERSON)) expect(log.includes(value), what).toBe(false);
  for (const value of ['kj7host', 'kj7made', 'Kj7-password', 'asked for it'])
    expect(log.includes(value), value).toBe(false);
  expect(log).toContain(`"action":"suspend_user","outcome":"ok"`);
  expect(log).toContain(`"params":{"account_id":"${account_id}"}`);
  expect(log).toContain('"params":{"limit":7}');
  // Text of strangers is made visible however deep it lies.
  expect(log).toContain('"params":{"device":{"client_name":"tool\\\\u{202e}1.0"}}');
  expect(log).not.toContain('\u{202e}');
});
