/** Incidents of this field that were about what a server does with strange input and broken parts. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessOf,
  ACTION_NAMES,
  ACTIONS,
  type ActionName,
  type ActionSpec,
  type JsonObject,
} from '../../src/protocol/index.js';
import { askAll } from '../support/ask_all.js';
import { addressOf, farAway } from '../support/addresses.js';
import { holdWrites, openBeside, openFile } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { NAUGHTY_STRINGS } from '../support/naughty_strings.js';
import { administrator, PASSWORD, RawPeer, registered, type SignedIn } from '../support/raw_peer.js';
import { expectContract, expectRefusal } from '../support/replies.js';
import { ofToday, QUICK } from '../support/runs.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';
import { placed, stringPaths } from '../support/text_places.js';

const specOf = (action: ActionName): ActionSpec => ACTIONS[action];
const isPublic = (action: ActionName): boolean => accessOf(specOf(action).access).by_nobody;
const GUARDED = ACTION_NAMES.filter((action) => !isPublic(action));
const signIn = (account_name: string): object => ({ user: { account_name, password: PASSWORD } });

describe('[T-16] naughty strings in every string of every action', () => {
  let server: TestServer;
  let boss: SignedIn;
  beforeAll(async () => {
    // A short queue: what would cost thousands of password hashes is told `busy` instead.
    server = await startServer({ flags: { 'hash-queue': '1' }, addressOf });
    boss = await administrator(server);
  });
  afterAll(async () => {
    await boss.peer[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test('there are at least 150 of them, and none is stopped by the frame or the guard', () => {
    expect(NAUGHTY_STRINGS.length).toBeGreaterThanOrEqual(150);
    for (const text of NAUGHTY_STRINGS) {
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toContain('\u0000');
      expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThan(3_500);
    }
  });

  // The door is a test of its own: it lets few through.
  const WITH_STRINGS = ACTION_NAMES.filter(
    (action) => action !== 'authenticate' && stringPaths(specOf(action).params).length > 0,
  );

  // What looks at them is the same on both engines: on the second a third of them each day, and the one whose words the log has.
  const TODAY = onSqlite('all of them each day')
    ? WITH_STRINGS
    : WITH_STRINGS.filter(
        (action) => action === 'create_client_key' || ofToday(WITH_STRINGS).includes(action),
      );
  test.each(TODAY)('%s', async (action) => {
    const { params, example } = specOf(action);
    for (const path of stringPaths(params)) {
      const strings = NAUGHTY_STRINGS;
      const requests = strings.map((text) => ({
        action,
        // The placed value is an object again, because every path begins inside one.
        params: placed(example.params, path, text) as object,
      }));
      await using stranger = isPublic(action) ? await RawPeer.handshaken(server) : null;
      const replies = await askAll(stranger ?? boss.peer, requests);
      for (const [n, reply] of replies.entries()) {
        const code = expectContract(action, `all ${n}`, reply);
        const where = `${action} ${path.join('.')} ${JSON.stringify(strings[n])}`;
        expect(code, where).not.toBe('internal');
        expect(code, where).not.toBe('storage_unavailable');
      }
    }
    await boss.peer.call('whoami');
  });

  test('authenticate: no limit answers in the place of what looks at them', async () => {
    const { params, example } = ACTIONS.authenticate;
    const told = new Map<string, number>();
    let comesFrom = 0;
    /** A few tries from an address of its own, each at an account of its own: nobody guesses twice. */
    const atTheDoor = async (path: readonly string[], strings: readonly string[]): Promise<void> => {
      const from = farAway((comesFrom += 1));
      const requests = strings.map((text, n) => {
        const user = { account_name: `door.${from}.${n}`, password: 'wrong horse battery' };
        return { action: 'authenticate', params: placed({ ...example.params, user }, path, text) as object };
      });
      await using stranger = await RawPeer.handshaken(server, server.address.key, { from });
      for (const [n, reply] of (await askAll(stranger, requests)).entries()) {
        const where = `${path.join('.')} ${JSON.stringify(strings[n])}`;
        const code = expectContract('authenticate', `all ${n}`, reply);
        expect(['invalid_credentials', 'invalid_params'], where).toContain(code);
        told.set(String(code), (told.get(String(code)) ?? 0) + 1);
      }
    };
    const groups = stringPaths(params).flatMap((path, at) => {
      // Each try costs a password hash: in the quick test every field gets another eighth.
      const strings = NAUGHTY_STRINGS.filter((_text, n) => !QUICK || n % 8 === at);
      return Array.from({ length: Math.ceil(strings.length / 8) }, (_, n) => ({
        path,
        strings: strings.slice(8 * n, 8 * n + 8),
      }));
    });
    // Two at once: one hash is made and one waits, as many as this server takes.
    const work = async (): Promise<void> => {
      for (let next = groups.pop(); next !== undefined; next = groups.pop())
        await atTheDoor(next.path, next.strings);
    };
    await Promise.all([work(), work()]);
    // Both kinds, or it was not what is meant here.
    expect(told.get('invalid_credentials')).toBeGreaterThan(told.get('invalid_params') ?? 0);
    await boss.peer.call('whoami');
  });

  test('the address of a picture is http or https in ASCII: no other scheme, no way to draw', async () => {
    await using pia = await registered(server, 'pia.one');
    for (const picture_url of [
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'ftp://example.test/x.png',
      'httpx://example.test/x.png',
      '//example.test/x.png',
      'https://',
      'https://example.test/x y',
      'https://exämple.test/x.png',
      'https://example.test/\u001b[2J',
    ]) {
      const refusal = await pia.peer.ask('update_profile', { changes: { picture_url } });
      expectRefusal(refusal, 'invalid_params');
      expect(refusal['details']).toMatchObject([{ path: 'changes.picture_url', reason: 'malformed' }]);
    }
    for (const picture_url of ['http://example.test/x.png', 'https://example.test/x.png?a=b#c'])
      expect((await pia.peer.call('update_profile', { changes: { picture_url } })).account).toMatchObject({
        picture_url,
      });
  });

  test('as the name of an action, as a request id, and as the names of parameters', async () => {
    await using stranger = await RawPeer.handshaken(server);
    for (const text of NAUGHTY_STRINGS) {
      const named = ACTION_NAMES.some((name) => name === text);
      if (!named) expectRefusal(await stranger.ask(text), 'unknown_action');
      if (!['__proto__', 'constructor', 'prototype', 'action', 'id', 'time'].includes(text)) {
        expectRefusal(await stranger.ask('server_info', { [text]: 1 }), 'invalid_params');
      }
    }
    // Ids that are too long are no envelope, so there are only a few of them before the connection would go.
    for (const id of NAUGHTY_STRINGS.filter(({ length }) => length >= 1 && length <= 64)) {
      stranger.send({ action: 'probe', id });
      expect(await stranger.take()).toMatchObject({ response: 200, id });
    }
  });

  test('none of it can draw on the terminal that shows the log: what came that far is visible', () => {
    const texts = (value: unknown): string[] =>
      typeof value === 'string'
        ? [value]
        : typeof value === 'object' && value !== null
          ? Object.entries(value).flatMap(([name, inner]) => [name, ...texts(inner)])
          : [];
    const logged = server.log_lines.flatMap((line) => texts(JSON.parse(line)));
    expect(logged.filter((text) => /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/u.test(text))).toEqual([]);
    // Some did come that far, or this would be no test.
    expect(logged.some((text) => text.includes('\\u{202e}'))).toBe(true);
  });

  test('all of it left no fault of the server’s own in its log', () => {
    expect(server.log_lines.filter((line) => /"level":"ERROR"/i.test(line))).toEqual([]);
  });
});

describe('[T-17] a broken part denies', () => {
  /** What an action may say while the database is gone: anything but yes. */
  const DENIED = [
    'internal',
    'storage_unavailable',
    'session_invalid',
    'not_found',
    'forbidden',
    'throttled',
  ];

  /** Takes a table out of the database under the running server; what it gives puts it back. */
  function breakTable(server: TestServer, table: string): Disposable {
    const rename = (from: string, to: string): void => {
      using db = openBeside(server.data_folder);
      db.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    };
    rename(table, 'taken_away');
    return { [Symbol.dispose]: () => rename('taken_away', table) };
  }

  test.each(['accounts', 'sessions', 'account_roles', 'audit_events'])(
    'without the table %s nothing that is guarded opens, and afterwards all is well',
    async (table) => {
      await using server = await startServer();
      await using boss = await administrator(server);
      await using stranger = await RawPeer.handshaken(server);
      const cold = await stranger.call('register', signIn('cold.one'));
      await stranger.call('logout');
      const warm = await stranger.call('authenticate', signIn('cold.one'));
      await stranger.call('logout');
      {
        using _broken = breakTable(server, table);
        for (const { session_token, refresh_token } of [cold, warm]) {
          const resume = await stranger.ask('resume', { session_token });
          expect(DENIED).toContain(resume['code']);
          expect(DENIED).toContain((await stranger.ask('refresh', { refresh_token }))['code']);
        }
        // Reads that don't need the missing table may go on for whoever was let in before; nothing else may.
        const reads: readonly ActionName[] =
          table === 'audit_events'
            ? GUARDED.filter((action) => specOf(action).audit === null)
            : table === 'accounts'
              ? ['list_sessions', 'login_history', 'list_client_keys']
              : table === 'sessions'
                ? ['whoami', 'get_profile', 'login_history', 'list_users', 'list_client_keys']
                : ['list_sessions', 'login_history', 'list_client_keys'];
        for (const action of GUARDED) {
          const reply = await boss.peer.ask(action, specOf(action).example.params);
          if (reply['response'] === specOf(action).response) expect(reads, action).toContain(action);
        }
        for (const action of ['authenticate', 'register'] as const) {
          const reply = await stranger.ask(action, signIn(action === 'register' ? 'new.one' : 'cold.one'));
          expect([...DENIED, 'invalid_credentials', 'busy'], JSON.stringify(reply)).toContain(reply['code']);
        }
      }
      await boss.peer.call('whoami');
      await stranger.call('authenticate', signIn('cold.one'));
      await stranger.call('whoami');
      // Whoever looks into the log finds out what it was, and in which step.
      const faults = server.log_lines
        .map((line) => JSON.parse(line) as JsonObject)
        .filter(({ level }) => level === 'ERROR');
      expect(faults.length).toBeGreaterThan(0);
      for (const fault of faults)
        expect(fault).toMatchObject({
          msg: 'a request failed inside the server',
          step: expect.stringMatching(/^\w+$/) as unknown,
          reason: expect.stringMatching(
            new RegExp(`no such table: ${table}|relation "${table}" does not exist`),
          ) as unknown,
        });
    },
  );

  test('client keys can not be read: nobody but the local key gets through the handshake', async () => {
    await using server = await startServer();
    await using boss = await administrator(server);
    const made = await boss.peer.call('create_client_key', { name: 'somewhere' });
    const key = { key_id: made.client_key.key_id, key: Buffer.from(made.key, 'base64url') };
    {
      using _broken = breakTable(server, 'client_key_secrets');
      await using peer = await RawPeer.open(server);
      const answer = await peer.handshake(key);
      expect(answer['response']).not.toBe(200);
      expect(answer['mac']).toBeUndefined();
      await peer.gone();
    }
    await using peer = await RawPeer.handshaken(server, key);
    await peer.call('probe');
  });

  test('the database is locked by another program: writes are refused in words, and nothing is half done', async () => {
    await using server = await startServer();
    await using boss = await administrator(server);
    await using anna = await registered(server, 'anna');
    await using stranger = await RawPeer.handshaken(server);
    {
      using _held = holdWrites(server.data_folder);
      const { account_id } = anna;
      // In one group, so that the wait for the lock, five seconds, is waited once.
      const replies = await Promise.all([
        boss.peer.ask('assign_role', { account_id, role: 'admin' }),
        anna.peer.ask('update_profile', { changes: { bio: 'x' } }),
        // It is in nobody's way elsewhere: there is no such token.
        ...(onSqlite('one writes at a time')
          ? [stranger.ask('refresh', { refresh_token: `pcr_${'A'.repeat(43)}` })]
          : []),
      ]);
      for (const reply of replies) expectRefusal(reply, 'storage_unavailable');
    }
    // Refused is not done later.
    expect((await anna.peer.call('whoami')).account).toMatchObject({ roles: ['user'], bio: null });
    expect((await anna.peer.call('list_sessions')).sessions).toHaveLength(1);
    await stranger.call('authenticate', signIn('anna'));
  });

  test.each([
    ['signing_key.pem', 'does not hold an Ed25519 private key'],
    ['server_secret', 'is damaged'],
    ['master_key', 'does not hold a master key'],
    ['client_key.json', 'does not hold a client key'],
    ...(onSqlite('its file') ? [['portcullis.db', 'is damaged or is no database']] : []),
  ])('%s holds nonsense at the start: no start, and a sentence', async (file, sentence) => {
    const data_folder = temporaryFolder();
    try {
      const first = await startServer({ data_folder });
      await first.stop();
      for (const end of ['-wal', '-shm']) rmSync(join(data_folder, `${file}${end}`), { force: true });
      for (const content of ['', '\0'.repeat(64), 'nonsense '.repeat(900)]) {
        // An empty file is an empty database to SQLite: nobody is in it.
        if (file === 'portcullis.db' && content === '') continue;
        writeFileSync(join(data_folder, file), content);
        await expect(startServer({ data_folder })).rejects.toThrow(sentence);
      }
    } finally {
      rmSync(data_folder, { recursive: true, force: true });
    }
  });

  test('the client key is gone at the start: another one is made, and what rests on the database goes on', async () => {
    const data_folder = temporaryFolder();
    try {
      const first = await startServer({ data_folder });
      const old_key = first.address.key;
      const peer = await RawPeer.handshaken(first);
      const anna = await peer.call('register', signIn('anna'));
      await first.stop();
      rmSync(join(data_folder, 'client_key.json'));
      await using server = await startServer({ data_folder });
      await using refused = await RawPeer.open(server);
      expectRefusal(await refused.handshake(old_key), 'hmac_error');
      await using again = await RawPeer.handshaken(server);
      const { active } = await again.call('verify_token', { token: anna.access_token });
      expect(active).toBe(true);
      await again.call('resume', { session_token: anna.session_token });
    } finally {
      rmSync(data_folder, { recursive: true, force: true });
    }
  });

  test.runIf(onSqlite('its file')).each(['gone', 'an empty file', 'a database without a table'])(
    'the database is %s at the start, beside the keys of a server: no new server, no setup code, and a sentence',
    async (what) => {
      const data_folder = temporaryFolder();
      const database = join(data_folder, 'portcullis.db');
      try {
        const first = await startServer({ data_folder });
        const boss = await administrator(first);
        await boss.peer[Symbol.asyncDispose]();
        await first.stop();
        const kept = readFileSync(database);
        for (const end of ['', '-wal', '-shm']) rmSync(`${database}${end}`, { force: true });
        if (what === 'an empty file') writeFileSync(database, '');
        if (what === 'a database without a table') {
          using empty = openFile(data_folder);
          empty.exec('CREATE TABLE t (x); DROP TABLE t');
        }
        for (let round = 0; round < 2; round += 1)
          await expect(startServer({ data_folder })).rejects.toThrow(
            /is missing or empty.*Put a backup in its place/,
          );
        expect(existsSync(join(data_folder, 'setup_code'))).toBe(false);
        writeFileSync(database, kept);
        await using server = await startServer({ data_folder });
        expect(server.setup_code).toBe(null);
        await using peer = await RawPeer.handshaken(server);
        await peer.call('authenticate', signIn('boss.one'));
      } finally {
        rmSync(data_folder, { recursive: true, force: true });
      }
    },
  );

  test.runIf(onSqlite('its file'))(
    'a start that was cut off before there was a database is begun anew',
    async () => {
      const data_folder = temporaryFolder();
      try {
        for (const name of ['portcullis.db', 'lock.db']) writeFileSync(join(data_folder, name), '');
        await using server = await startServer({ data_folder });
        expect(server.setup_code).toMatch(/^pca_/);
      } finally {
        rmSync(data_folder, { recursive: true, force: true });
      }
    },
  );
});
