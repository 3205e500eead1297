// Makes V8's code cache for the terminal program: runs a command and the first screen, on a terminal that isn't one, and keeps
// what V8 has compiled for that. See docs/adr/0011-code-cache.md.
'use strict';
const { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { Readable, Writable } = require('node:stream');

process.env.NODE_ENV = 'production';
const empty = mkdtempSync(join(tmpdir(), 'portcullis-warm-'));
// With a key the program asks who is there; without one it would ask for the server first.
const key = JSON.stringify({ key_id: 'local', key: 'A'.repeat(43) });
writeFileSync(join(empty, 'client_key.json'), key, { mode: 0o600 });
/** A place where nothing listens, and from which nothing is kept. */
const place = ['--host', '127.0.0.1', '--port', '1', '--data', empty];
const env = { TERM: 'xterm-256color', LANG: 'en_US.UTF-8', XDG_CONFIG_HOME: empty };
const SCREEN_MS_MAX = 20_000;

let shown = '';
const isTTY = true;
const terminal = {
  stderr: new Writable({ write: (_chunk, _encoding, done) => done() }),
  stdin: Object.assign(new Readable({ read: () => {} }), {
    isTTY,
    setRawMode: () => terminal.stdin,
    ref() {},
    unref() {},
  }),
  stdout: Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        shown += String(chunk);
        done();
      },
    }),
    { isTTY, columns: 80, rows: 24 },
  ),
};
for (const [name, stream] of Object.entries(terminal))
  Object.defineProperty(process, name, { value: stream });

async function until(text) {
  for (const end = Date.now() + SCREEN_MS_MAX; !shown.includes(text);) {
    if (Date.now() > end) throw new Error(`the first screen never showed ${text}: ${shown}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function warm() {
  const { CACHE_FOLDER: folder, main, scripts } = require('../dist/auth-tui.cjs');
  // A command first: it ends by itself, saying that nothing listens there.
  await main(['server', 'info', '--json', ...place], env);
  shown = '';
  void main(place, env);
  await until('Password');
  // What comes with the first keys belongs to it as well.
  for (const key of ['a', '\t', 'b', '\x7f']) terminal.stdin.push(key);
  await new Promise((resolve) => setTimeout(resolve, 50));
  mkdirSync(folder, { recursive: true });
  for (const [name, script] of scripts) {
    // A program that starts meanwhile finds either nothing or all of it.
    const path = join(folder, `${name}.bin`);
    writeFileSync(`${path}.new`, script.createCachedData());
    renameSync(`${path}.new`, path);
  }
}

warm()
  .then(
    () => 0,
    (error) => {
      console.error(error);
      return 1;
    },
  )
  .then((code) => {
    rmSync(empty, { recursive: true, force: true });
    process.exit(code);
  });
