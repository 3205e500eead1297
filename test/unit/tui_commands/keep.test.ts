/** Known servers and stored sessions, on a real file system. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ServerAddress } from '../../../src/client/index.js';
import { Keep } from '../../../src/tui/keep/index.js';
import { serverId } from '../../../src/tui/keep/server_id.js';
import { LockFile, processesHere } from '../../../src/tui/keep/lock_file.js';

const PIN = `sha256-${'A'.repeat(43)}`;
const OTHER_PIN = `sha256-${'B'.repeat(42)}A`;
const TOKENS = {
  session_token: 'pcs_secret',
  refresh_token: 'pcr_secret',
  account_id: 'a_1',
  account_name: 'anna',
};

const server = (change: Partial<ServerAddress> = {}): ServerAddress => ({
  host: 'lab.example',
  port: 7777,
  tls: true,
  pin: PIN,
  key: { key_id: 'local', key: Buffer.alloc(32, 7) },
  ...change,
});

let home: string;
let now: number;
let keep: Keep;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'portcullis-keep-'));
  now = 1_795_000_000_000;
  keep = new Keep(join(home, 'portcullis'), () => now);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));
const modeOf = (path: string): string => (statSync(join(home, path)).mode & 0o777).toString(8);

describe('files', () => {
  test('nothing is there until something is kept; then folder 0700 and files 0600, whatever the umask', () => {
    expect(keep.session(server())).toBe(null);
    expect(keep.knownServers()).toEqual([]);
    expect(readdirSync(home)).toEqual([]);
    const umask = process.umask(0);
    try {
      keep.rememberServer(server(), 'lab');
      keep.rememberSession(server(), TOKENS);
    } finally {
      process.umask(umask);
    }
    expect(readdirSync(join(home, 'portcullis')).sort()).toEqual(['known_servers.json', 'sessions.json']);
    expect([
      modeOf('portcullis'),
      modeOf('portcullis/known_servers.json'),
      modeOf('portcullis/sessions.json'),
    ]).toEqual(['700', '600', '600']);
  });
  test.each([
    ['portcullis/sessions.json', 0o644, 'chmod 600'],
    ['portcullis/sessions.json', 0o620, 'chmod 600'],
    ['portcullis', 0o755, 'chmod 700'],
    ['portcullis', 0o710, 'chmod 700'],
  ])('%s with mode %o is refused with a sentence', (path, mode, remedy) => {
    keep.rememberSession(server(), TOKENS);
    chmodSync(join(home, path), mode);
    expect(() => keep.session(server())).toThrow(remedy);
    expect(() => keep.rememberSession(server(), TOKENS)).toThrow(remedy);
  });
  test('a draft that others may read does not hand its rights on', () => {
    keep.rememberSession(server(), TOKENS);
    writeFileSync(join(home, 'portcullis/sessions.json.new'), 'half', { mode: 0o644 });
    keep.rememberSession(server(), TOKENS);
    expect(modeOf('portcullis/sessions.json')).toBe('600');
  });
  test('a damaged file is said to be damaged', () => {
    keep.rememberSession(server(), TOKENS);
    for (const text of ['', '{"version":1', '{"version":2,"sessions":{"x":{}}}', '{"version":"3"}', '[]']) {
      writeFileSync(join(home, 'portcullis/sessions.json'), text);
      expect(() => keep.session(server())).toThrow(/damaged/);
    }
  });
  test('what a newer program wrote is told to be that, and left as it is', () => {
    keep.rememberSession(server(), TOKENS);
    keep.rememberServer(server(), 'lab');
    for (const [name, use] of [
      ['sessions.json', () => keep.rememberSession(server(), TOKENS)],
      ['sessions.json', () => keep.forgetSession(server())],
      ['sessions.json', () => keep.rememberDevice(server(), 'a_1', ['anna'], 'pcd_x')],
      ['known_servers.json', () => keep.rememberServer(server(), 'lab')],
    ] as const) {
      const path = join(home, 'portcullis', name);
      const before = readFileSync(path, 'utf8');
      const newer = '{"version":9,"all":"different"}';
      writeFileSync(path, newer);
      expect(use).toThrow(/newer auth-tui \(format 9\)/);
      expect(readFileSync(path, 'utf8')).toBe(newer);
      writeFileSync(path, before);
    }
  });
  test('a file of the release before is read, and says to older programs whose it is once it was written anew', () => {
    keep.rememberSession(server(), TOKENS);
    const path = join(home, 'portcullis/sessions.json');
    const { session_token, refresh_token, account_name } = TOKENS;
    const devices = {
      [serverId(server())]: { a_1: { device_token: 'pcd_x', names: ['anna'], saved_at: 1 } },
    };
    const sessions = { [serverId(server())]: { session_token, refresh_token, account_name, saved_at: 1 } };
    writeFileSync(path, JSON.stringify({ version: 1, sessions, devices }));
    expect(keep.session(server())).toEqual({
      ...{ session_token, refresh_token, account_name, saved_at: 1 },
      ...{ account_id: null, used_at: 1, access: null, sent_at: null },
    });
    expect(keep.deviceToken(server(), 'anna')).toBe('pcd_x');
    // The same person again, who has an id now: no second entry.
    expect(keep.rememberSession(server(), { ...TOKENS, session_token: 'pcs_2' })?.session_token).toBe(
      'pcs_secret',
    );
    expect(keep.sessions(server())).toHaveLength(1);
    expect(keep.deviceToken(server(), 'anna')).toBe('pcd_x');
    expect(readFileSync(path, 'utf8')).toMatch(/^{\n {2}"note": "Written by an auth-tui that keeps several/);
  });
});

describe('whose turn it is', () => {
  const lockIn = (name = '.lock'): string => join(home, 'portcullis', name);
  const lock = (text: string, at_s: number, name?: string): void => {
    mkdirSync(join(home, 'portcullis'), { mode: 0o700, recursive: true });
    writeFileSync(lockIn(name), text, { mode: 0o600 });
    utimesSync(lockIn(name), at_s, at_s);
  };
  test.each([
    ['of an older release, left long ago', '', -60],
    ['of a process that is gone', `4194304 1 ${processesHere()} 0.5\n`, 0],
    ['of a process that is gone, dated in the future', `4194304 1 ${processesHere()} 0.5\n`, 86_400],
    ['of another process under the id of this one', `${process.pid} 1 ${processesHere()} 0.5\n`, 0],
  ])('a lock %s is taken over at once', (_which, text, ahead_s) => {
    lock(text, now / 1000 + ahead_s);
    keep.rememberSession(server(), TOKENS);
    expect(keep.session(server())).toMatchObject(TOKENS);
    expect(readdirSync(join(home, 'portcullis'))).toEqual(['sessions.json']);
  });
  test('a lock without a name, dated in the future, is watched for a while and no longer', () => {
    lock('', now / 1000 + 86_400);
    keep.rememberSession(server(), TOKENS);
    expect(keep.session(server())).toMatchObject(TOKENS);
  });
  test('who lives keeps its lock, however old that is', () => {
    const started = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ')[19]!;
    const own = `${process.pid} ${started} ${processesHere()} 0.5\n`;
    lock(own, now / 1000 - 3600);
    const waiting = new LockFile({ path: lockIn(), now: () => now, silent_ms: 1 });
    expect([waiting.take(), waiting.take()]).toEqual([false, false]);
    waiting.release();
    expect(readFileSync(lockIn(), 'utf8')).toBe(own);
  });
  test('turns are taken one at a time, also after one that failed', async () => {
    const others = Array.from({ length: 20 }, () => new Keep(join(home, 'portcullis'), () => now));
    let inside = 0;
    const took: number[] = [];
    const turns = others.map((other, n) =>
      other.inTurn(async () => {
        inside += 1;
        expect(inside).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside -= 1;
        took.push(n);
        if (n % 3 === 0) throw new Error('failed');
      }),
    );
    const ends = await Promise.allSettled(turns);
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(7);
    expect(took).toHaveLength(20);
    expect(readdirSync(join(home, 'portcullis'))).toEqual([]);
  });
});

describe('known servers', () => {
  test('are listed with the one used last first, and come back whole', () => {
    keep.rememberServer(server(), 'lab');
    now += 1000;
    keep.rememberServer(server({ host: '2001:db8::1', port: 1, pin: null, tls: false }));
    expect(keep.knownServers().map(({ name }) => name)).toEqual(['[2001:db8::1]:1', 'lab']);
    expect(keep.knownServer('lab')?.address).toEqual(server());
    now += 100_000;
    keep.serverUsed(server());
    expect(keep.knownServers()[0]).toMatchObject({ name: 'lab', last_used_at: now });
    const text = readFileSync(join(home, 'portcullis/known_servers.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      version: 1,
      servers: { lab: { host: 'lab.example', pin: PIN } },
    });
  });
  test('another pin, and no pin, at a known place is refused until the entry is forgotten', () => {
    keep.rememberServer(server(), 'lab');
    for (const changed of [
      server({ pin: OTHER_PIN }),
      server({ pin: null }),
      server({ pin: null, tls: false }),
    ]) {
      expect(keep.pinConflict(changed)?.name).toBe('lab');
      expect(() => keep.rememberServer(changed)).toThrow(/HAS CHANGED.*auth-tui servers forget lab/);
    }
    expect(keep.pinConflict(server({ host: 'LAB.example', pin: OTHER_PIN }))?.name).toBe('lab');
    expect(keep.pinConflict(server({ port: 7778, pin: OTHER_PIN }))).toBe(null);
    expect(keep.forgetServer('lab')).toBe(true);
    expect(keep.forgetServer('lab')).toBe(false);
    keep.rememberServer(server({ pin: OTHER_PIN }), 'lab');
    expect(keep.knownServer('lab')?.address.pin).toBe(OTHER_PIN);
  });
  test('losing TLS is another identity, whatever stood for it before; getting it is not', () => {
    const plain = { pin: null, tls: false };
    keep.rememberServer(server({ pin: null }), 'lab');
    for (const changed of [server(plain), server({ ...plain, host: 'LAB.EXAMPLE.' }), server()]) {
      expect(keep.pinConflict(changed)?.name).toBe('lab');
      expect(() => keep.rememberServer(changed)).toThrow(/HAS CHANGED.*auth-tui servers forget lab/);
    }
    expect(() => keep.rememberServer(server(plain))).toThrow(/there was TLS/);
    expect(keep.pinConflict(server({ pin: null }))).toBe(null);
    keep.forgetServer('lab');
    keep.rememberServer(server(plain), 'lab');
    expect(keep.pinConflict(server({ pin: null }))).toBe(null);
  });
  test.each([
    ['2001:db8::1', '2001:DB8:0:0::1'],
    ['127.0.0.1', '127.1'],
    ['127.0.0.1', '2130706433'],
    ['lab.example', 'Lab.Example.'],
  ])('%s and %s are one place', (kept, typed) => {
    keep.rememberServer(server({ host: kept }), 'lab');
    expect(keep.pinConflict(server({ host: typed, pin: null, tls: false }))?.name).toBe('lab');
  });
  test('a row whose TLS somebody has struck out still means TLS while it has a pin', () => {
    keep.rememberServer(server(), 'lab');
    const path = join(home, 'portcullis/known_servers.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"tls": true', '"tls": false'), { mode: 0o600 });
    expect(keep.knownServer('lab')?.address).toEqual(server());
  });
  test('a new client key is taken, a first pin as well', () => {
    keep.rememberServer(server({ pin: null, tls: false }), 'lab');
    keep.rememberServer(server({ key: { key_id: 'k_1', key: Buffer.alloc(32, 9) } }));
    expect(keep.knownServers()).toMatchObject([
      { name: 'lab', address: { pin: PIN, key: { key_id: 'k_1' } } },
    ]);
  });
  test('a name is one server', () => {
    keep.rememberServer(server(), 'lab');
    expect(() => keep.rememberServer(server({ port: 1 }), 'lab')).toThrow(/is called lab already/);
    expect(() => keep.rememberServer(server({ port: 1 }), '../x')).toThrow(/letters/);
    expect(() => keep.rememberServer(server({ port: 1 }), '__proto__')).toThrow(/letters/);
  });
});

describe('device tokens', () => {
  test('are found by every name that was typed, per server and account, and outlive the session', () => {
    keep.rememberSession(server(), TOKENS);
    keep.rememberDevice(server(), 'a_1', ['anna', 'anna@example.test'], 'pcd_anna');
    keep.rememberDevice(server(), 'a_2', ['boris'], 'pcd_boris');
    keep.forgetSession(server());
    expect(keep.deviceToken(server(), 'anna')).toBe('pcd_anna');
    expect(keep.deviceToken(server(), 'anna@example.test')).toBe('pcd_anna');
    expect(keep.deviceToken(server(), 'boris')).toBe('pcd_boris');
    expect(keep.deviceToken(server(), 'nobody')).toBe(null);
    expect(keep.deviceToken(server({ port: 1 }), 'anna')).toBe(null);
    expect(keep.deviceToken(server({ key: { key_id: 'local', key: Buffer.alloc(32, 8) } }), 'anna')).toBe(
      null,
    );
    expect(modeOf('portcullis/sessions.json')).toBe('600');
    keep.rememberDevice(server(), 'a_1', ['anna'], 'pcd_other');
    expect(keep.deviceToken(server(), 'anna@example.test')).toBe('pcd_other');
    // A session that is kept later leaves them alone.
    keep.rememberSession(server(), TOKENS);
    expect(keep.deviceToken(server(), 'boris')).toBe('pcd_boris');
  });

  test('go with their server, and are few', () => {
    keep.rememberServer(server(), 'lab');
    for (let n = 0; n < 30; n += 1) {
      now += 1;
      keep.rememberDevice(server(), `a_${n}`, [`name${n}`], `pcd_${n}`);
    }
    expect(keep.deviceToken(server(), 'name9')).toBe(null);
    expect(keep.deviceToken(server(), 'name10')).toBe('pcd_10');
    keep.rememberDevice(server({ port: 1 }), 'a_1', ['anna'], 'pcd_elsewhere');
    keep.forgetServer('lab');
    expect(keep.deviceToken(server(), 'name29')).toBe(null);
    expect(keep.deviceToken(server({ port: 1 }), 'anna')).toBe('pcd_elsewhere');
  });

  test('a file of an earlier release has none, and takes them', () => {
    keep.rememberSession(server(), TOKENS);
    const path = join(home, 'portcullis/sessions.json');
    const { session_token, refresh_token, account_name } = TOKENS;
    const sessions = { [serverId(server())]: { session_token, refresh_token, account_name, saved_at: 1 } };
    writeFileSync(path, JSON.stringify({ version: 1, sessions }), { mode: 0o600 });
    expect(keep.deviceToken(server(), 'anna')).toBe(null);
    keep.rememberDevice(server(), 'a_1', ['anna'], 'pcd_anna');
    expect(keep.deviceToken(server(), 'anna')).toBe('pcd_anna');
    expect(keep.session(server())).toMatchObject({ ...TOKENS, account_id: null });
  });
});

describe('sessions', () => {
  test('belong to place and key: another server at the same address gets none', () => {
    keep.rememberSession(server(), TOKENS);
    expect(keep.session(server())).toMatchObject({ ...TOKENS, saved_at: now });
    expect(keep.session(server({ key: { key_id: 'local', key: Buffer.alloc(32, 8) } }))).toBe(null);
    expect(keep.session(server({ port: 1 }))).toBe(null);
    expect(serverId(server())).not.toContain(Buffer.alloc(32, 7).toString('base64url').slice(0, 10));
  });
  test('belong to the channel as well: what began under TLS is never offered in plain, nor to another pin', () => {
    const plain = server({ pin: null, tls: false });
    keep.rememberSession(server(), TOKENS);
    for (const other of [plain, server({ pin: null }), server({ pin: OTHER_PIN })]) {
      expect(keep.session(other)).toBe(null);
      keep.forgetSession(other);
    }
    expect(keep.session(server())).not.toBe(null);
    keep.rememberSession(plain, { ...TOKENS, session_token: 'pcs_plain' });
    expect(keep.session(plain)?.session_token).toBe('pcs_plain');
    expect(keep.session(server())?.session_token).toBe('pcs_secret');
  });
  test('of an older release, which does not say how it began, are not offered and leave with the next change', () => {
    keep.rememberSession(server(), TOKENS);
    const path = join(home, 'portcullis/sessions.json');
    const id = serverId(server());
    const older = id.split(' ').slice(0, 2).join(' ');
    writeFileSync(path, readFileSync(path, 'utf8').replace(id, older), { mode: 0o600 });
    expect(keep.session(server())).toBe(null);
    expect(keep.session(server({ pin: null, tls: false }))).toBe(null);
    keep.rememberSession(server({ port: 1 }), TOKENS);
    expect(readFileSync(path, 'utf8')).not.toContain(`"${older}"`);
  });
  test('are forgotten with their server, and by token only when it is the one', () => {
    keep.rememberServer(server(), 'lab');
    keep.rememberSession(server(), TOKENS);
    keep.forgetSession(server(), 'pcs_older');
    expect(keep.session(server())).not.toBe(null);
    keep.forgetSession(server(), 'pcs_secret');
    expect(keep.session(server())).toBe(null);
    keep.rememberSession(server(), TOKENS);
    keep.forgetServer('lab');
    expect(keep.session(server())).toBe(null);
  });
  test('a refresh token is written down before it is sent, and replaced only by its own successor', () => {
    keep.rememberSession(server(), TOKENS);
    const kept = keep.session(server())!;
    expect(kept).toMatchObject({ sent_at: null, access: null });
    expect(keep.exchangeBegins(server(), { ...kept, refresh_token: 'pcr_older' })).toBe(false);
    expect(keep.session(server())?.sent_at).toBe(null);
    expect(keep.exchangeBegins(server(), kept)).toBe(true);
    const sent_at = now;
    now += 60_000;
    expect(keep.exchangeBegins(server(), kept)).toBe(true);
    expect(keep.session(server())?.sent_at).toBe(sent_at);
    const next = { refresh_token: 'pcr_next', access_token: 'eyJ', expires_at: now + 900_000 };
    keep.exchanged(server(), { ...kept, refresh_token: 'pcr_older' }, next);
    expect(keep.session(server())?.refresh_token).toBe('pcr_secret');
    keep.exchanged(server(), kept, next);
    expect(keep.session(server())).toMatchObject({
      refresh_token: 'pcr_next',
      sent_at: null,
      access: { token: 'eyJ', expires_at: now + 900_000, made_at: now },
    });
  });
  test('where the successor could not be kept, nothing begins', () => {
    keep.rememberSession(server(), TOKENS);
    const kept = keep.session(server())!;
    // Nobody may write there, not even who may do everything.
    mkdirSync(join(home, 'portcullis/sessions.json.new/full'), { recursive: true });
    expect(() => keep.exchangeBegins(server(), kept)).toThrow(/can not be written/);
    expect(() => keep.checkSessions()).toThrow(/can not be written/);
    expect(keep.session(server())).toEqual(kept);
    expect(readdirSync(join(home, 'portcullis')).sort()).toEqual(['sessions.json', 'sessions.json.new']);
  });
  test('of several accounts are kept side by side; who was used last is who a start without a name is', () => {
    const boris = { ...TOKENS, session_token: 'pcs_b', account_id: 'a_2', account_name: 'Boris' };
    keep.rememberSession(server(), TOKENS);
    expect(keep.rememberSession(server(), boris)).toBe(null);
    const names = (): string[] => keep.sessions(server()).map(({ account_name }) => account_name);
    expect(names()).toEqual(['Boris', 'anna']);
    expect(keep.session(server())?.session_token).toBe('pcs_b');
    expect(keep.session(server(), 'anna')?.session_token).toBe('pcs_secret');
    expect(keep.session(server(), ' BORIS ')?.session_token).toBe('pcs_b');
    expect(keep.session(server(), 'clara')).toBe(null);
    // Also by a clock that went back.
    now -= 1_000_000;
    keep.sessionUsed(server(), { session_token: 'pcs_secret' });
    expect(names()).toEqual(['anna', 'Boris']);
    // Renamed meanwhile: an account is its id.
    expect(
      keep.rememberSession(server(), { ...boris, account_name: 'bo', session_token: 'pcs_c' }),
    ).toMatchObject({ session_token: 'pcs_b' });
    expect(names()).toEqual(['bo', 'anna']);
    expect(keep.allSessions()).toMatchObject([
      { place: 'lab.example:7777', server: null, sessions: [{}, {}] },
    ]);
    keep.rememberServer(server(), 'lab');
    keep.rememberSession(server({ port: 1 }), TOKENS);
    expect(keep.allSessions().map(({ place, server: name }) => [place, name])).toEqual([
      ['lab.example:7777', 'lab'],
      ['lab.example:1', null],
    ]);
    keep.forgetSession(server(), 'pcs_c');
    expect(names()).toEqual(['anna']);
  });
  test('are few; those used longest ago make room', () => {
    for (let n = 0; n < 25; n += 1) {
      now += 1;
      const one = { session_token: `pcs_${n}`, account_id: `a_${n}`, account_name: `name${n}` };
      keep.rememberSession(server(), { ...TOKENS, ...one });
    }
    expect(keep.sessions(server())).toHaveLength(20);
    expect(keep.session(server(), 'name4')).toBe(null);
    expect(keep.session(server(), 'name5')).not.toBe(null);
  });
  test('are kept unasked for this machine and for known servers', () => {
    expect(keep.keepsByDefault(server(), true)).toBe(true);
    expect(keep.keepsByDefault(server(), false)).toBe(false);
    keep.rememberServer(server(), 'lab');
    expect(keep.keepsByDefault(server(), false)).toBe(true);
  });
});
