/** The built programs take from standard input the lines that they were promised, and leave the rest to whoever shares it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatConnectionString } from '../../src/client/index.js';
import { startServer, type TestServer } from '../support/server.js';

const ROOT = join(import.meta.dirname, '../..');
const PASSWORD = 'correct horse battery';

let home: string;
let server: TestServer;
let env: Record<string, string>;

/** Runs a script of bash in which `tui` and `server` are the programs. Without blocking: the server is in this process. */
async function bash(script: string): Promise<{ out: string; code: number | null }> {
  const functions = `tui() { "$NODE" "$ROOT/bin/auth-tui.js" "$@" $PLACE; }
    server() { "$NODE" "$ROOT/bin/auth-server.js" "$@"; }`;
  const child = spawn('bash', ['-c', `${functions}\n${script}`], {
    env: { ...env, PLACE: `--host ${server.host} --port ${server.port} --data ${server.data_folder}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { out, code };
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'portcullis-input-'));
  env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_CONFIG_HOME: home, NODE: process.execPath, ROOT };
  server = await startServer();
  await bash(`echo '${PASSWORD}' | tui register anna --password-stdin`);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

describe('a loop that reads its lines from the same input', () => {
  const NAMES = '{ echo one; sleep 0.3; echo two; echo three; }';
  test.each([
    ['a pipe', `${NAMES} |`, ''],
    ['a file', `${NAMES} > "$HOME/names";`, '< "$HOME/names"'],
  ])('of %s loses none of them to commands that take nothing from it', async (_what, before, after) => {
    const commands = [
      'tui whoami --json',
      'tui servers list --json',
      'tui users get "$name" --json',
      'tui frob x',
      'tui help',
      'server client list --data "$HOME/none"',
      'server unlock "$name" --data "$HOME/none"',
    ].map((command) => `${command} > /dev/null 2>&1`);
    const { out } = await bash(
      `${before} while read -r name; do ${commands.join('; ')}; echo "$name"; done ${after}`,
    );
    expect(out).toBe('one\ntwo\nthree\n');
  });
  test('verify takes one line, the next one takes the next, and the rest is left', async () => {
    const { out } = await bash(`token=$(tui token)
      { echo nonsense; echo "$token"; echo rest; echo of it; } > "$HOME/tokens"
      { tui verify --json | tr -d ' \\n'; echo; tui verify --json | grep -c '"active": true'; cat; } < "$HOME/tokens"`);
    expect(out).toBe('{"active":false,"subject":null}\n1\nrest\nof it\n');
  });
  test('so do sign-ins with --password-stdin', async () => {
    const { out } = await bash(`printf '%s\\n' wrong '${PASSWORD}' '${PASSWORD}' rest > "$HOME/passwords"
      { tui login anna --password-stdin > /dev/null 2>&1; echo $?
        tui login anna --password-stdin > /dev/null; echo $?
        tui whoami --account anna --password-stdin --json | grep -c anna; cat; } < "$HOME/passwords"`);
    expect(out).toMatch(/^1\n0\n\d\nrest\n$/);
  });
  test('an address on standard input is its first line, whatever follows', async () => {
    const string = formatConnectionString(server.address);
    const { out } = await bash(`token=$(tui token); PLACE=
      printf '%s\\n' '${string}' "$token" rest > "$HOME/lines"
      { tui verify --connection-file - --json | grep -c '"active": true'; cat; } < "$HOME/lines"`);
    expect(out).toBe('1\nrest\n');
  });
});

test.each([
  ['login anna --password-stdin', PASSWORD],
  ['verify', 'nonsense'],
])('%s answers a line whose pipe stays open', async (words, line) => {
  const place = ['--host', server.host, '--port', String(server.port), '--data', server.data_folder];
  const child = spawn(process.execPath, [join(ROOT, 'bin/auth-tui.js'), ...words.split(' '), ...place], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.write(`${line}\n`);
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.stdin.destroy();
  expect(code).toBe(words === 'verify' ? 1 : 0);
});

test('input that is no line of text is refused with 64', async () => {
  const { out } = await bash(`for input in /dev/null /dev/zero "$HOME"; do
      tui login anna --password-stdin < "$input" 2> /dev/null; echo $?; done
    printf '\\377\\376a\\0' | tui login anna --password-stdin 2> /dev/null; echo $?
    printf '\\n' | tui verify 2> /dev/null; echo $?
    tui login anna --password-stdin <&- 2> /dev/null; echo $?`);
  expect(out).toBe('64\n64\n64\n64\n64\n64\n');
});
