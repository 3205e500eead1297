/** What goes wrong, as a person meets it: sentences that say what to try, and nothing typed is ever lost. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startTui, type TerminalProgram } from '../support/pty.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';

const ROOT = join(import.meta.dirname, '../..');
const PASSWORD = 'correct horse battery';
const argsOf = (server: TestServer, data = server.data_folder): string[] => [
  '--host',
  server.host,
  '--port',
  String(server.port),
  '--data',
  data,
];

async function register(program: TerminalProgram, name: string): Promise<void> {
  // The first at a new server, with its setup code at hand.
  await program.sees('Create an account');
  await program.sees('you will be the one');
  program.write(`${name}\t${PASSWORD}\t${PASSWORD}\r`);
  await program.sees(`${name} · `);
  // Who it is stands above the form before home has come, and keys would still be the form's.
  await program.sees('Sign-in history');
}

describe('the program itself', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'bin/auth-tui.js'), ...args], { encoding: 'utf8' });
  test('without a terminal it says so and ends with 64', () => {
    const { status, stderr, stdout } = run();
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(/needs a terminal on its input and output/);
  });
  test('--help and --version need no terminal', () => {
    expect(run('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(run('--help').stdout).toContain('Usage: auth-tui');
    expect(run('--help', '--lang', 'ru').stdout).toContain('Вызов: auth-tui');
    expect(run('--port', 'x').status).toBe(64);
  });
});

describe('no server, or the wrong one', () => {
  test('not reachable: what to try; when the server comes, it connects by itself and keeps what was typed', async () => {
    const data_folder = temporaryFolder();
    try {
      const first = await startServer({ data_folder });
      const args = argsOf(first);
      await first.stop();
      await using program = startTui({ args });
      await program.sees('The server cannot be reached.');
      await program.sees('npx auth-server');
      await program.sees(/Next try in \d+ s/);
      program.write('anna\tcorrect horse');
      await program.sees(/Login\s+anna/);
      const again = await startServer({ data_folder, flags: { port: String(first.port) } });
      try {
        await program.sees('●');
        await program.sees(/Login\s+anna/);
        await program.sees('••••');
        program.write('\r');
        await program.sees('Wrong login or password.');
      } finally {
        await again.stop();
      }
    } finally {
      rmSync(data_folder, { recursive: true });
    }
  });

  test('a wrong client key is an hmac error, in words', async () => {
    await using server = await startServer();
    const other = temporaryFolder();
    try {
      const key = JSON.parse(readFileSync(join(server.data_folder, 'client_key.json'), 'utf8')) as Record<
        string,
        unknown
      >;
      writeFileSync(
        join(other, 'client_key.json'),
        JSON.stringify({ ...key, key: randomBytes(32).toString('base64url') }),
      );
      await using program = startTui({ args: argsOf(server, other) });
      await program.sees(/HMAC error|could not prove/);
      // The right key appears: trying again by hand is enough after the address is given anew.
      cpSync(join(server.data_folder, 'client_key.json'), join(other, 'client_key.json'));
      program.write('\t\t\t\t\t\t\r');
      await program.sees('Connect to a server');
      program.write('\r');
      await program.sees('●');
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  test('no key at all: the connect screen opens and says where keys are', async () => {
    const empty = temporaryFolder();
    try {
      await using program = startTui({ args: ['--data', empty] });
      await program.sees('Connect to a server');
      await program.sees('No client key was found');
    } finally {
      rmSync(empty, { recursive: true });
    }
  });
});

describe('the server goes away and comes back', () => {
  test('while a form is half filled: the text stays, sending it works, and the session goes on', async () => {
    const data_folder = temporaryFolder();
    try {
      const first = await startServer({ data_folder });
      await using program = startTui({ args: argsOf(first) });
      await register(program, 'anna');
      program.write('e');
      await program.sees('Edit profile');
      program.write('Анна\tПетр');
      await program.sees('Петр');
      await first.stop();
      await program.sees('Nothing typed is lost.');
      program.write('ова');
      await program.sees(/Last name\s+Петрова/);
      const second = await startServer({ data_folder, flags: { port: String(first.port) } });
      try {
        await program.sees(/● \d+ ms|● connected/);
        program.write('\r');
        await program.sees('what changes');
        program.write('y');
        await program.sees('Profile saved.');
        await program.sees('Анна Петрова');
      } finally {
        await second.stop();
      }
    } finally {
      rmSync(data_folder, { recursive: true });
    }
  });
});

describe('sessions', () => {
  test('a session ended elsewhere says so; a password changed elsewhere says so', async () => {
    await using server = await startServer();
    await using one = startTui({ args: argsOf(server) });
    await register(one, 'anna');
    await using two = startTui({ args: argsOf(server) });
    await two.sees('Sign in');
    two.write(`anna\t${PASSWORD}\r`);
    await two.sees('anna · ');
    one.write('r');
    await one.sees('Sessions (2)');
    one.write('\t');
    await one.sees('↑↓ move');
    one.write('X');
    await one.sees('End all other sessions?');
    one.write('1\r');
    await one.sees('1 session ended.');
    await two.sees('You signed out of this session');
    await two.looks();
    two.write(`anna\t${PASSWORD}\r`);
    await two.sees('anna · ');
    one.write('p');
    await one.sees('Change password');
    one.write(`${PASSWORD}\tstaple gun tuesday\tstaple gun tuesday\r`);
    await one.sees('Password changed; 1 other session ended.');
    await two.sees('Your password was changed in another session.');
    one.write('o');
    await one.sees('Sign out?');
    one.write('y');
    await one.sees('Login');
    expect(one.text()).not.toContain('ended from');
  });

  test('an account made by an administrator is opened with its one-time code', async () => {
    await using server = await startServer();
    await using admin = startTui({ args: argsOf(server), cols: 120, rows: 40 });
    await register(admin, 'anna');
    admin.write('5');
    await admin.sees('1 account');
    admin.write('n');
    await admin.sees('New account');
    admin.write('boris\t\t\t\t\t\r');
    const shown = await admin.sees(/pcc_[A-Za-z0-9_-]{43}/);
    const [code] = /pcc_[A-Za-z0-9_-]{43}/.exec(shown)!;
    admin.write('\r');
    await admin.sees('2 accounts');
    await admin.sees('pending');
    await using boris = startTui({ args: argsOf(server) });
    await boris.sees('Sign in');
    boris.write('\t\t\t\t\t\r');
    await boris.sees('Use a one-time code');
    boris.write(`boris\t${code}\t${PASSWORD}\t${PASSWORD}\r`);
    await boris.sees('boris · user');
    // A role is given, and its owner sees the tab at once.
    admin.write('r');
    await admin.sees(/boris\s+user\s+● active/);
    admin.write('jxm');
    await admin.sees('Give boris the role moderator?');
    admin.write('y');
    await admin.sees('boris now has the role moderator.');
    await boris.sees('5 Admin');
    await boris.sees('boris · moderator');
    // Deleting takes the login in full.
    admin.write('D');
    await admin.sees('Delete boris?');
    admin.write('boris\r');
    await admin.sees('boris deleted.');
    await boris.sees('This account was deleted.');
  });
});
