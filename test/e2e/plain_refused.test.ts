/** The built `auth-tui` and plain TCP to another machine: refused, also where a known server would lose its TLS. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatConnectionString } from '../../src/client/index.js';
import { commandRunner } from '../support/auth_tui.js';
import { startTui } from '../support/pty.js';
import { startServer, type TestServer } from '../support/server.js';

const INSECURE = ['--insecure-plain', 'everyone-may-read-the-passwords'];
/** An address of this machine that others reach. */
const outside = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

const startPlain = (): Promise<TestServer> =>
  startServer({ flags: { host: '0.0.0.0', 'insecure-plain': INSECURE[1]! } });

describe.skipIf(outside === undefined)('plain TCP to another machine', () => {
  test('commands refuse it with a sentence and exit code 69, unless the words are said in full', async () => {
    await using server = await startPlain();
    using runner = commandRunner([
      '--host',
      outside!,
      '--port',
      String(server.port),
      '--data',
      server.data_folder,
    ]);
    const refused = await runner.run(['server', 'info', '--json']);
    expect([refused.code, refused.json()]).toMatchObject([69, { error: { code: 'plain_refused' } }]);
    expect(refused.err).toContain('Nothing was sent');
    expect((await runner.run(['server', 'info', '--lang', 'ru'])).err).toContain('Ничего не отправлено');
    const code = readFileSync(join(server.data_folder, 'setup_code'), 'utf8');
    const stdin = `correct horse battery\n${code}`;
    const register = ['register', 'anna', '--password-stdin'];
    expect((await runner.run(register, { stdin })).code).toBe(69);
    expect((await runner.run(['verify'], { stdin: `pcs_${'A'.repeat(43)}` })).code).toBe(69);

    expect((await runner.run(['server', 'info', '--insecure-plain', 'yes'])).code).toBe(64);
    const env = { AUTH_INSECURE_PLAIN: INSECURE[1]! };
    expect((await runner.run(['server', 'info'], { env })).code).toBe(69);
    expect((await runner.run(['server', 'info', ...INSECURE])).code).toBe(0);
    const registered = await runner.run([...register, ...INSECURE], { stdin });
    expect([registered.code, registered.err]).toEqual([0, '']);
    // The words are for one run: the session that was just kept goes nowhere without them.
    expect((await runner.run(['whoami'])).code).toBe(69);
    expect((await runner.run(['whoami', ...INSECURE])).code).toBe(0);
  });

  test('the interface says so, and takes the words as well', async () => {
    await using server = await startPlain();
    const args = ['--host', outside!, '--port', String(server.port), '--data', server.data_folder];
    {
      await using tui = startTui({ args });
      await tui.sees(/Nothing was sent/);
      tui.kill('SIGTERM');
      await tui.exited;
    }
    await using tui = startTui({ args: [...args, ...INSECURE] });
    await tui.sees(/Create account|Register|Setup/i);
    tui.kill('SIGTERM');
    await tui.exited;
  });
});

describe('a known server', () => {
  const channels = [
    ['a pin', { tls: true, pin: `sha256-${'A'.repeat(43)}` }],
    ['an authority', { tls: true, pin: null }],
  ] as const;
  test.each(channels)('that was kept with %s is another without TLS', async (_name, channel) => {
    await using server = await startServer();
    using runner = commandRunner(['--json']);
    const stdin = formatConnectionString({ ...server.address, ...channel });
    const added = await runner.run(['servers', 'add', '--name', 'lab', '--password-stdin'], { stdin });
    expect(added.code).toBe(0);
    const plain = formatConnectionString(server.address);
    const tries = [
      [plain, 'server', 'info'],
      ['server', 'info', '--host', server.host, '--port', String(server.port), '--data', server.data_folder],
    ];
    for (const words of tries) {
      const refused = await runner.run(words);
      expect([refused.code, refused.json()]).toMatchObject([69, { error: { code: 'pin_changed' } }]);
      expect(refused.err).toMatch(/HAS CHANGED.*there was TLS.*servers forget lab/);
    }
    expect((await runner.run(['servers', 'add', '--password-stdin'], { stdin: plain })).code).toBe(69);
    expect((await runner.run(['servers', 'forget', 'lab'])).code).toBe(0);
    expect((await runner.run([plain, 'server', 'info'])).code).toBe(0);
  });
});
