/** [T-53] The log as a weapon: a reader that stops, floods that anybody can bring about, and what must not stand in it. */
import { rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startBuilt, type BuiltServer } from '../support/built_server.js';
import { askAll } from '../support/ask_all.js';
import { administrator, PASSWORD, RawPeer, registered, type Reachable } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, temporaryFolder } from '../support/server.js';

let data: string;
beforeEach(() => void (data = temporaryFolder()));
afterEach(() => rmSync(data, { recursive: true, force: true }));

type Line = Record<string, unknown>;
const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);

const REQUESTS = 12_000;
const WAVE = 500;

/** Makes the server write more than it keeps and the pipe holds, while nobody reads it. */
async function flood(program: BuiltServer, server: Reachable): Promise<void> {
  program.child.stderr?.pause();
  await using peer = await RawPeer.handshaken(server);
  for (let sent = 0; sent < REQUESTS; sent += WAVE)
    await askAll(peer, Array<{ action: string; params: object }>(WAVE).fill({ action: 'probe', params: {} }));
}

describe('[T-53] nobody reads the log', () => {
  test('the server goes on, keeps a bounded part, and says exactly how much it dropped', async () => {
    await using program = startBuilt(data, '--log-level', 'debug');
    const server = await program.ready();
    await flood(program, server);
    const before = program.stderr.length;
    program.child.stderr?.resume();
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    // A megabyte that is kept, and what the pipe itself holds.
    expect(program.stderr.length - before).toBeLessThan(2 * 1024 * 1024);
    const lines = linesOf(program.stderr);
    const dropped = lines.filter(({ msg }) => msg === 'lines of this log were dropped: nobody read it');
    const lost = dropped.reduce((sum, line) => sum + Number(line['lines']), 0);
    const seen = lines.filter(({ action }) => action === 'probe').length;
    expect(lost).toBeGreaterThan(0);
    // The lines of the one connection itself may be among those that were dropped.
    expect(seen + lost - REQUESTS).toBeGreaterThanOrEqual(0);
    expect(seen + lost - REQUESTS).toBeLessThanOrEqual(3);
  });

  test('the stop is not held up by it: exit code 0, and not the one of a stop that was cut off', async () => {
    await using program = startBuilt(data, '--log-level', 'debug');
    await flood(program, await program.ready());
    const gone = new Promise((resolve) => program.child.once('exit', resolve));
    program.child.kill('SIGTERM');
    expect(await gone).toBe(0);
    program.child.stderr?.resume();
  });
});

describe('[T-53] floods', () => {
  test('refused handshakes: one line at once, the rest in one line with its count', async () => {
    await using program = startBuilt(data);
    const server = await program.ready();
    for (let n = 0; n < 30; n += 1) {
      await using peer = await RawPeer.open(server);
      await peer.handshake({ key_id: 'local', key: randomBytes(32) });
    }
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    const warned = linesOf(program.stderr).filter(({ level }) => level === 'WARN');
    expect(warned.map(({ msg }) => msg)).toEqual(['refused: hmac error', 'more handshakes were refused']);
    expect(warned[1]).toMatchObject({ count: 29, reasons: { 'hmac error': 29 }, most: { loopback: 29 } });
  });

  test('refused requests of one peer, whatever it asks: twenty lines', async () => {
    await using server = await startServer();
    await using peer = await RawPeer.handshaken(server);
    for (let n = 0; n < 30; n += 1) {
      await peer.ask('nothing_of_the_kind');
      await peer.ask('whoami');
      await peer.ask('resume', { session_token: `pcs_${'A'.repeat(43)}` });
    }
    expect(server.log_lines.filter((line) => line.includes('"msg":"refused"'))).toHaveLength(20);
  });
});

describe('[T-53] what stands in it', () => {
  test('a wrong password names the account it was for, and never what was typed', async () => {
    await using server = await startServer();
    await using anna = await registered(server, 'anna');
    await using peer = await RawPeer.handshaken(server);
    const typed = 'My-S3cret\u{202e}word';
    const wrong = (account_name: string): object => ({
      user: { account_name, password: 'wrong password 1' },
    });
    expectRefusal(await peer.ask('authenticate', wrong('anna')), 'invalid_credentials');
    expectRefusal(await peer.ask('authenticate', wrong(typed)), 'invalid_credentials');
    // Where the account belongs to nobody, and where a name is no name.
    await peer.ask('register', { user: { account_name: typed, password: PASSWORD } });
    await peer.ask('authenticate', { user: { account_name: { [typed]: typed }, password: typed } });
    const lines = linesOf(server.log_lines.join(''));
    const refused = lines.filter(({ outcome }) => outcome === 'invalid_credentials');
    expect(refused.map(({ level, account_id }) => [level, account_id])).toEqual([
      ['WARN', anna.account_id],
      ['WARN', undefined],
    ]);
    for (const secret of ['S3cret', 'wrong password', PASSWORD])
      expect(server.log_lines.join('')).not.toContain(secret);
  });

  test('no text of a peer draws: nested, as a key, as a name', async () => {
    const bad = 'a\u{9b}31mb\u{202e}c';
    await using server = await startServer();
    await using boss = await administrator(server);
    for (const device of [{ client_name: bad }, { client_name: bad, os: bad, [bad]: bad }])
      await boss.peer.ask('authenticate', {
        user: { account_name: bad, password: PASSWORD },
        device,
      });
    await boss.peer.ask('list_users', { search: bad, [bad]: { [bad]: [bad] } });
    await boss.peer.ask('create_client_key', { name: bad });
    await boss.peer.ask(bad, { [bad]: bad });
    expect(server.log_lines.join('')).not.toMatch(/[\u{80}-\u{9f}\u{202a}-\u{202e}]/u);
  });
});
