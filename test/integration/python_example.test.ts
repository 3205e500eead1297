/** docs/examples/client.py, written from the document alone, against the real server. */
import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startServer } from '../support/server.js';

const run = promisify(execFile);
const client = fileURLToPath(new URL('../../docs/examples/client.py', import.meta.url));
const python = spawnSync('python3', ['--version']).status === 0;

type Line = { response: number; code?: string; alert?: string; result?: Record<string, unknown> };
type Outcome = { exitCode: number; lines: Line[]; stderr: string };

async function runClient(...args: string[]): Promise<Outcome> {
  const linesOf = (text: string): Line[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  try {
    const { stdout, stderr } = await run('python3', [client, ...args], { timeout: 40_000 });
    return { exitCode: 0, lines: linesOf(stdout), stderr };
  } catch (error) {
    // execFile rejects with an Error that carries what the program wrote.
    const failed = error as { code: number; stdout: string; stderr: string };
    return { exitCode: failed.code, lines: linesOf(failed.stdout), stderr: failed.stderr };
  }
}

describe.skipIf(!python)('the Python example', () => {
  test('registers, signs in on a second connection, and asks who it is; then does so again', async () => {
    await using server = await startServer({});
    const keyFile = path.join(server.data_folder, 'client_key.json');
    const args = [server.host, String(server.port), keyFile, 'pythoness', 'correct horse battery'];

    const first = await runClient(...args);
    expect(first.stderr).toBe('');
    expect(first.exitCode).toBe(0);
    expect(first.lines.map(({ response }) => response)).toEqual([201, 200, 200, 200, 200]);
    expect(first.lines[3]?.result).toMatchObject({
      account: { account_name: 'pythoness' },
      session: { client_name: 'client.py' },
    });
    // The example keeps tokens off the screen.
    expect(JSON.stringify(first.lines)).not.toContain('pcs_');

    const second = await runClient(...args);
    expect(second.exitCode).toBe(0);
    expect(second.lines[0]).toMatchObject({ response: 409, code: 'account_name_taken' });
    expect(second.lines.slice(1).map(({ response }) => response)).toEqual([200, 200, 200, 200]);
  });

  test('shows what a server refuses', async () => {
    await using server = await startServer({});
    const keyFile = path.join(server.data_folder, 'client_key.json');
    const outcome = await runClient(
      ...['--demo-errors', server.host, String(server.port), keyFile, 'pythoness', 'correct horse battery'],
    );
    expect(outcome.stderr).toBe('');
    expect(outcome.exitCode).toBe(0);
    expect(outcome.lines.flatMap(({ code }) => code ?? [])).toEqual([
      'unknown_action',
      'unauthenticated',
      'invalid_params',
      'invalid_credentials',
      'invalid_json',
      'invalid_json',
      'invalid_envelope',
      'hmac_error',
    ]);
  });

  test('gives up with exit code 1 when nobody listens', async () => {
    await using server = await startServer({});
    const keyFile = path.join(server.data_folder, 'client_key.json');
    const outcome = await runClient('127.0.0.1', '1', keyFile, 'pythoness', 'correct horse battery');
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toMatch(/^failed: /);
  });
});
