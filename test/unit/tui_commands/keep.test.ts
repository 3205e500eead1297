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
import { serverId } from '../../../src/tui/keep/keep.js';

const PIN = `sha256-${'A'.repeat(43)}`;
const OTHER_PIN = `sha256-${'B'.repeat(42)}A`;
const TOKENS = { session_token: 'pcs_secret', refresh_token: 'pcr_secret', account_name: 'anna' };

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
    for (const text of ['', '{"version":1', '{"version":2,"sessions":{}}', '[]']) {
      writeFileSync(join(home, 'portcullis/sessions.json'), text);
      expect(() => keep.session(server())).toThrow(/damaged/);
    }
  });
  test('a lock that a dead program left is taken over; a live one is waited for', () => {
    mkdirSync(join(home, 'portcullis'), { mode: 0o700 });
    const lock = join(home, 'portcullis/.lock');
    writeFileSync(lock, '', { mode: 0o600 });
    utimesSync(lock, now / 1000 - 60, now / 1000 - 60);
    keep.rememberSession(server(), TOKENS);
    expect(keep.session(server())).toMatchObject(TOKENS);
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
    const { version, sessions } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    writeFileSync(path, JSON.stringify({ version, sessions }), { mode: 0o600 });
    expect(keep.deviceToken(server(), 'anna')).toBe(null);
    keep.rememberDevice(server(), 'a_1', ['anna'], 'pcd_anna');
    expect(keep.deviceToken(server(), 'anna')).toBe('pcd_anna');
    expect(keep.session(server())).toMatchObject(TOKENS);
  });
});

describe('sessions', () => {
  test('belong to place and key: another server at the same address gets none', () => {
    keep.rememberSession(server(), TOKENS);
    expect(keep.session(server())).toEqual({ ...TOKENS, saved_at: now });
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
  test('a refresh token is replaced only by its own successor', () => {
    keep.rememberSession(server(), TOKENS);
    keep.refreshed(server(), 'pcr_older', 'pcr_wrong');
    expect(keep.session(server())?.refresh_token).toBe('pcr_secret');
    keep.refreshed(server(), 'pcr_secret', 'pcr_next');
    expect(keep.session(server())?.refresh_token).toBe('pcr_next');
  });
  test('are kept unasked for this machine and for known servers', () => {
    expect(keep.keepsByDefault(server(), true)).toBe(true);
    expect(keep.keepsByDefault(server(), false)).toBe(false);
    keep.rememberServer(server(), 'lab');
    expect(keep.keepsByDefault(server(), false)).toBe(true);
  });
});
