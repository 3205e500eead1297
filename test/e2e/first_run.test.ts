/**
 * The main job, end to end, with the built program in real pseudo-terminals and a real server: the first person
 * registers and is the administrator, edits the profile, finds and suspends the second one, who is told so.
 */
import { describe, expect, test } from 'vitest';
import { startServer } from '../support/server.js';
import { startTui } from '../support/pty.js';

const ENTER = '\r';
const TAB = '\t';
const ESC = '\x1b';
const PASSWORD = 'correct horse battery';

describe('first run', () => {
  test('register, be the administrator, edit the profile, suspend someone who is told so', async () => {
    await using server = await startServer();
    const args = ['--host', server.host, '--port', String(server.port), '--data', server.data_folder];

    await using anna = startTui({ args });
    await anna.sees('This server has no administrator yet');
    await anna.sees('Create an account');
    anna.write(`anna${TAB}${PASSWORD}${TAB}something else${ENTER}`);
    await anna.sees('The two passwords differ.');
    anna.write(PASSWORD + ENTER);
    await anna.sees(/anna · admin/);
    await anna.sees('You are the administrator');
    await anna.sees('this one');
    await anna.sees(/registration/);
    expect(anna.raw()).not.toContain(PASSWORD);

    anna.write('e');
    await anna.sees('Edit profile');
    anna.write(`Анна${TAB}Petrova${TAB}anna@example.test${ENTER}`);
    await anna.sees('what changes');
    anna.write('y');
    await anna.sees('Profile saved.');
    await anna.sees(/Name\s+Анна Petrova/);
    await anna.sees('anna@example.test');

    await using boris = startTui({ args });
    await boris.sees('Sign in');
    boris.write(TAB + TAB + TAB + TAB + ENTER);
    await boris.sees('Create an account');
    boris.write(`anna${TAB}${PASSWORD}${TAB}${PASSWORD}${ENTER}`);
    await boris.sees('This login is taken.');
    // The whole of the login is replaced, the passwords are still there.
    boris.write(`\x15boris${TAB}${TAB}${ENTER}`);
    await boris.sees(/boris · user/);
    expect(boris.text()).not.toContain('Admin');

    anna.write('5');
    await anna.sees('2 accounts');
    await anna.sees(/boris\s+user\s+● active/);
    anna.write('/bor');
    await anna.sees('1 account ');
    anna.write(ENTER);
    await anna.sees(/▸ boris/);
    anna.write(ENTER);
    await anna.sees(/Live sessions\s+1/);
    anna.write('y');
    await anna.sees('Copy');
    expect(anna.raw()).not.toContain(']52;');
    anna.write('1');
    await anna.sees('sent to the clipboard');
    expect(anna.raw()).toContain(`\x1b]52;c;${Buffer.from('boris').toString('base64')}\x07`);
    anna.write('x');
    await anna.sees('Actions: boris');
    anna.write('s');
    await anna.sees(/boris suspended · u resumes \(\d+ s\)/);

    await boris.sees('An administrator suspended this account.');
    await boris.sees('Password');
    await boris.looks();
    boris.write(`boris${TAB}${PASSWORD}${ENTER}`);
    await boris.sees('This account is suspended.');

    anna.write(ESC);
    await anna.sees(/boris\s+user\s+✗ suspended/);
    boris.write('\x03\x03\x03');
    expect(await boris.exited).toBe(0);
    expect(boris.alternate()).toBe(false);
    anna.write('c1q');
    await anna.sees('Quit?');
    anna.write('y');
    expect(await anna.exited).toBe(0);
  });
});
