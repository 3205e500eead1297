/** The programs in docs/examples, written from the document alone, against the real server and the test vectors. */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);
const EXAMPLES = fileURLToPath(new URL('../../docs/examples', import.meta.url));
const VECTORS = fileURLToPath(new URL('../../docs/protocol/vectors.json', import.meta.url));
const python = spawnSync('python3', ['--version']).status === 0;

type Line = { response: number; code?: string; alert?: string; result?: Record<string, unknown> };
type Outcome = { exitCode: number; lines: Line[]; stderr: string };

async function runExample(name: string, ...args: string[]): Promise<Outcome> {
  const linesOf = (text: string): Line[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  try {
    const { stdout, stderr } = await run('python3', ['-B', path.join(EXAMPLES, name), ...args], {
      timeout: 40_000,
    });
    return { exitCode: 0, lines: linesOf(stdout), stderr };
  } catch (error) {
    // execFile rejects with an Error that carries what the program wrote.
    const failed = error as { code: number; stdout: string; stderr: string };
    return { exitCode: failed.code, lines: linesOf(failed.stdout), stderr: failed.stderr };
  }
}

const runClient = (...args: string[]): Promise<Outcome> => runExample('client.py', ...args);

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

describe.skipIf(!python)('the Python example over TLS', () => {
  /** Writes a connection string where the program finds it. */
  const stringFile = (server: TestServer, change: (text: string) => string = (text) => text): string => {
    const file = path.join(server.data_folder, 'string');
    const text = readFileSync(path.join(server.data_folder, 'connection_string'), 'utf8');
    writeFileSync(file, change(text).replace('0.0.0.0', '127.0.0.1'));
    return file;
  };
  const runTls = (...args: string[]): Promise<Outcome> => runExample('tls_client.py', ...args);

  test('binds its handshake to the channel, registers, signs in and asks who it is', async () => {
    await using server = await startServer({ flags: { tls: 'on' } });
    const outcome = await runTls(stringFile(server), 'pythoness', 'correct horse battery');
    expect(outcome.stderr).toBe('');
    expect(outcome.lines.map(({ response }) => response)).toEqual([201, 200, 200, 200, 200]);
    expect(outcome.lines[3]?.result).toMatchObject({ session: { client_name: 'tls_client.py' } });
  });

  test('sends nothing to a server with another certificate, or without the key', async () => {
    await using server = await startServer({ flags: { tls: 'on' } });
    const other_pin = (text: string): string => text.replace(/sha256-.{42}/, `sha256-${'A'.repeat(42)}`);
    const pinned = await runTls(stringFile(server, other_pin), 'pythoness', 'correct horse battery');
    expect(pinned).toMatchObject({ exitCode: 1, stderr: 'failed: the certificate is not the pinned one\n' });
    const other_key = (text: string): string =>
      text.replace(/key=local\..{42}/, `key=local.${'A'.repeat(42)}`);
    const keyed = await runTls(stringFile(server, other_key), 'pythoness', 'correct horse battery');
    expect(keyed.exitCode).toBe(1);
    expect(keyed.stderr).toMatch(/^refused: hmac_error/);
  });

  test('reads the test vectors as they are meant: connection strings, pins, the exporter', async () => {
    const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
import tls_client as t
from client import base64url
v = json.load(open(sys.argv[2], encoding="utf-8"))
wrong = []
for one in v["connection_strings"]["accepted"]:
    host, port, key_id, key, pin, tls = t.parse_connection_string(one["text"])
    pin = None if pin is None else "sha256-" + base64url(pin)
    if [host, port, key_id, key.hex(), pin, tls] != [one[n] for n in ("host", "port", "key_id", "key_hex", "pin", "tls")]:
        wrong.append(one["name"])
for one in v["connection_strings"]["refused"]:
    try:
        t.parse_connection_string(one["text"])
        wrong.append(one["name"])
    except (ValueError, t.ProtocolError):
        pass
for one in v["pins"]:
    key, first, last = t.parts_of_certificate(bytes.fromhex(one["certificate_der_hex"]))
    if key.hex() != one["public_key_der_hex"] or "sha256-" + base64url(t.hashlib.sha256(key).digest()) != one["pin"]:
        wrong.append(one["name"])
for one in v["exporter"]:
    got = t.exported(one["hash"], bytes.fromhex(one["exporter_secret_hex"]), one["label"].encode(), one["length"])
    if got.hex() != one["keying_material_hex"]:
        wrong.append(one["name"])
print(json.dumps(wrong))
`;
    const { stdout } = await run('python3', ['-B', '-c', program, EXAMPLES, VECTORS]);
    expect(JSON.parse(stdout)).toEqual([]);
  });
});
