/** `auth-tui --demo`: whoever is asked for the password can know it, the port is the one that was asked for, and nothing in it contradicts itself. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandRunner } from '../support/auth_tui.js';
import { openFile } from '../support/database.js';
import { freePort } from '../support/free_port.js';
import { startTui } from '../support/pty.js';

/** Each finds rows that can't be true, together with the time of looking as `:now`. */
const CONTRADICTIONS = {
  'made in the future': 'SELECT 1 FROM accounts WHERE created_at > :now',
  'seen before they were made': 'SELECT 1 FROM accounts WHERE last_seen_at > 0 AND last_seen_at < created_at',
  'seen in the future': 'SELECT 1 FROM accounts WHERE last_seen_at > :now',
  'a password before its account': 'SELECT 1 FROM accounts WHERE password_changed_at < created_at',
  'changed before they were made': 'SELECT 1 FROM accounts WHERE updated_at < created_at',
  'invited, and yet with a password or seen':
    "SELECT 1 FROM accounts WHERE status = 'pending' AND (last_seen_at > 0 OR password_hash IS NOT NULL)",
  'a session before its account':
    'SELECT 1 FROM sessions s JOIN accounts a USING (account_id) WHERE s.created_at < a.created_at',
  'a session used before it began': 'SELECT 1 FROM sessions WHERE last_active_at < created_at',
  'a session used after its owner was last seen':
    'SELECT 1 FROM sessions s JOIN accounts a USING (account_id) WHERE s.last_active_at > a.last_seen_at',
  'a session that is over': 'SELECT 1 FROM sessions WHERE expires_at < :now OR idle_expires_at < :now',
  'a session without a sign-in':
    'SELECT 1 FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM sign_ins i WHERE i.account_id = s.account_id AND i.at = s.created_at AND i.success = 1)',
  'a session of who may not sign in':
    "SELECT 1 FROM sessions s JOIN accounts a USING (account_id) WHERE a.status <> 'active'",
  'a sign-in before its account':
    'SELECT 1 FROM sign_ins s JOIN accounts a USING (account_id) WHERE s.at < a.created_at',
  'a sign-in after its owner was last seen':
    'SELECT 1 FROM sign_ins s JOIN accounts a USING (account_id) WHERE s.success = 1 AND s.at > a.last_seen_at',
  'a sign-in that the server no longer remembers': 'SELECT 1 FROM sign_ins WHERE at < :now - 365 * 86400000',
  'seen, and yet without a sign-in':
    'SELECT 1 FROM accounts a WHERE last_seen_at > 0 AND NOT EXISTS (SELECT 1 FROM sign_ins s WHERE s.account_id = a.account_id)',
} as const;

test('the password is said and good, the port is the one that was asked for, what is in it can be true', async () => {
  const port = await freePort();
  await using program = startTui({ args: ['--demo', '--port', String(port)], cols: 100, rows: 30 });
  await program.sees('Dana');
  const [, password] = /should it be asked for: (.+?)[\r\n]/.exec(program.raw()) ?? [];
  if (password === undefined) throw new Error(`No password is said: ${program.raw().slice(0, 500)}`);
  using runner = commandRunner(['--host', '127.0.0.1', '--port', String(port)]);
  const folder = /portcullis-demo-\w+/.exec(folderOf(program.pid))?.[0] ?? '';
  const data = join(tmpdir(), folder);
  const login = await runner.run(['login', 'demo', '--password-stdin', '--data', data], {
    stdin: `${password}\n`,
  });
  expect([login.code, login.err]).toEqual([0, '']);
  using db = openFile(data);
  const found = Object.entries(CONTRADICTIONS).filter(
    ([, sql]) =>
      db.prepare(`${sql} LIMIT 1`).get(...(sql.includes(':now') ? [{ now: Date.now() }] : [])) !== undefined,
  );
  expect(found.map(([what]) => what)).toEqual([]);
});

test('a port that is taken is told in the server’s own sentence, and nothing else: 69', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  // An address of TCP.
  const { port } = taken.address() as AddressInfo;
  await using program = startTui({ args: ['--demo', '--port', String(port)], cols: 100, rows: 30 });
  expect(await program.exited).toBe(69);
  expect(program.text()).toContain(`Port ${port} on 127.0.0.1 is in use. Stop the other program`);
  expect(program.text()).not.toMatch(/\bat |Error|node:|\.js/);
  taken.close();
});

/** The command lines below a process: the demo's server has the name of its folder in its own. */
function folderOf(pid: number): string {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .flatMap((match) =>
      match === null ? [] : [{ pid: Number(match[1]), parent: Number(match[2]), args: match[3] ?? '' }],
    );
  const below = (parent: number): string[] =>
    rows.filter((row) => row.parent === parent).flatMap((row) => [row.args, ...below(row.pid)]);
  return below(pid).join('\n');
}
