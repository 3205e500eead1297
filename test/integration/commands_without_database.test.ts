/**
 * What every command of auth-tui does while the server's PostgreSQL is away: it says so, ends with "try again", forgets nobody who is
 * kept on this machine, and works again by itself when the database is back.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { COMMANDS } from '../../src/tui/commands/commands.js';
import { EXIT } from '../../src/tui/commands/exit_codes.js';
import { runCommandLine } from '../../src/tui/commands/run.js';
import type { CommandName } from '../../src/tui/commands/words/index.js';
import { CutProxy } from '../support/cut_proxy.js';
import { freshDatabase, postgresAvailable, type FreshDatabase } from '../support/fresh_database.js';
import { lines } from '../support/no_input.js';
import { startServer, type TestServer } from '../support/server.js';

const PASSWORD = 'correct horse battery';
const CODE = `pcc_${'x'.repeat(43)}`;
const NO_ID = 'a_00000000000000000000';
const NO_KEY = 'k_00000000000000000000';
/** What comes by itself comes at last, on a busy machine too. */
const LATEST = { timeout: 20_000, interval: 100 };

type Ran = { readonly code: number; readonly out: string; readonly err: string };
type Call = { readonly words?: readonly string[]; readonly input?: readonly string[] };

/** What commands are given that need more than their name; null for one that needs no database. */
const CALLS: Readonly<Partial<Record<CommandName, Call | null>>> = {
  register: { words: ['boris'], input: [PASSWORD] },
  login: { words: ['anna'], input: [PASSWORD] },
  redeem: { words: ['anna'], input: [CODE, PASSWORD] },
  'profile set': { words: ['bio=hello'] },
  password: { input: [PASSWORD, 'staple gun on a tuesday'] },
  'sessions end': { words: ['s_00000000000000000000'] },
  'accounts list': null,
  'accounts use': null,
  // What is forgotten here is forgotten, whoever can be told of it.
  'accounts forget': null,
  'users get': { words: ['anna'] },
  'users create': { words: ['clara'] },
  'users set': { words: [NO_ID, 'bio=hello'] },
  'users suspend': { words: [NO_ID] },
  'users resume': { words: [NO_ID] },
  'users delete': { words: [NO_ID, '--yes', NO_ID] },
  'users may': { words: [NO_ID, 'wiki:write'] },
  'roles create': { words: ['editor'] },
  'roles give': { words: ['editor', 'wiki:write'] },
  'roles take': { words: ['editor', 'wiki:write'] },
  'roles describe': { words: ['editor'] },
  'roles delete': { words: ['editor'] },
  'clients update': { words: ['k_00000000000000000000', '--may', 'none'] },
  'users role-give': { words: [NO_ID, 'moderator'] },
  'users role-take': { words: [NO_ID, 'moderator'] },
  'users clear-throttle': { words: [NO_ID] },
  'clients create': { words: ['ci'] },
  'clients rotate': { words: [NO_KEY] },
  'clients revoke': { words: [NO_KEY] },
  'server keys': null,
  'servers list': null,
  'servers add': null,
  'servers forget': null,
};

/** All others. What `server info` tells of administrators is in the database. */
const ASKING = COMMANDS.map(({ name }) => name)
  .filter((name) => CALLS[name] !== null)
  .map((name) => [name, CALLS[name] ?? {}] as const);

describe.skipIf(!postgresAvailable())('while PostgreSQL is away', () => {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-desk-'));
  let database: FreshDatabase;
  let proxy: CutProxy;
  let server: TestServer;

  beforeAll(async () => {
    database = await freshDatabase();
    const url = new URL(database.url);
    proxy = await CutProxy.to(url.hostname, Number(url.port));
    url.port = String(proxy.port);
    server = await startServer({ database: url.href });
    expect(await run(['register', 'anna'], [PASSWORD])).toMatchObject({ code: EXIT.ok });
    proxy.cutAll();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });

  async function run(words: readonly string[], input: readonly string[] = []): Promise<Ran> {
    const { host, port, data_folder } = server;
    let [out, err] = ['', ''];
    const code = await runCommandLine({
      argv: [
        ...[...words, '--host', host, '--port', String(port), '--data', data_folder],
        ...(input.length === 0 ? [] : ['--password-stdin']),
      ],
      env: { XDG_CONFIG_HOME: home },
      version: '0.0.0-test',
      language: 'en',
      streams: {
        stdin: lines(input.join('\n')),
        stdout: { write: (text) => (out += text), settled: () => Promise.resolve(null) },
        stderr: { write: (text) => (err += text) },
      },
    });
    return { code, out, err };
  }

  test.each(ASKING)('%s: try again, and nobody is forgotten', async (name, { words = [], input }) => {
    const asked = [...name.split(' '), ...words];
    expect(await run(asked, input)).toEqual({
      code: EXIT.temporary,
      out: '',
      err: 'auth-tui: The database can not be used at the moment.\n',
    });
    const json = await run([...asked, '--json'], input);
    expect([json.code, json.err]).toEqual([
      EXIT.temporary,
      'auth-tui: The database can not be used at the moment.\n',
    ]);
    expect(JSON.parse(json.out)).toMatchObject({ error: { code: 'storage_unavailable' } });
    expect((await run(['accounts', 'list'])).out).toContain('anna');
  });
  test('when it is back, whoever was kept goes on', async () => {
    proxy.mend();
    await vi.waitFor(
      async () => expect(await run(['whoami'])).toMatchObject({ code: EXIT.ok, err: '' }),
      LATEST,
    );
    expect(await run(['token'])).toMatchObject({ code: EXIT.ok, err: '' });
  });
  test('what may be done and what may not is told, and ends with "try again" too', async () => {
    proxy.cutAt('before_commit', { stays: true });
    const ran = await run(['profile', 'set', 'bio=hello', '--json']);
    proxy.mend();
    expect([ran.code, ran.err]).toEqual([
      EXIT.temporary,
      'auth-tui: The server can not tell whether this was done.\n',
    ]);
    expect(JSON.parse(ran.out)).toMatchObject({ error: { code: 'outcome_unknown' } });
    await vi.waitFor(async () => expect(await run(['whoami'])).toMatchObject({ code: EXIT.ok }), LATEST);
  });
});
