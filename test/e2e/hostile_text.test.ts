/**
 * T-41: escape sequences and invisible characters in every text that others choose, through every screen that prints it.
 * The server here is an evil one; the real server refuses most of this already. Nothing but our own sequences may reach
 * the terminal.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatConnectionString } from '../../src/client/index.js';
import {
  ACTIONS,
  isActionName,
  type Account,
  type RoleRecord,
  type Session,
} from '../../src/protocol/index.js';
import { BUILT_IN_ROLE_RECORDS } from '../../src/protocol/actions/role.js';
import { startTui, type TerminalProgram } from '../support/pty.js';
import { ScriptedPeer, type PeerConnection } from '../support/scripted_peer.js';

/** None of these is a sequence that the interface itself writes. */
const CORPUS = [
  '\x1b]52;c;ZXZpbA==\x07',
  '\x1b]0;title\x07',
  '\x1b]8;;http://evil.test\x1b\\link\x1b]8;;\x1b\\',
  '\x1b[5;45m',
  '\x1b[3J',
  '\x9b5;45m',
  '\x1bPq#0\x1b\\',
  '\x1b_apc\x1b\\',
  '\x1bc',
  'admin\rguest',
  '\x07',
  '\x08\x08\x08',
  'a\tb',
  'a\nb',
  '\u202egnol',
  '\u200b\u2066\u{e0041}',
  '\x1b[6n',
] as const;

const hostile = (at: number): string => `n${at}${CORPUS[at % CORPUS.length] ?? ''}z`;

const OWN = new RegExp(
  [
    String.raw`\x1b\[(?:0|1|2|4|7|22|24|27|3[0-79]|)m`,
    String.raw`\x1b\[\d+(?:;\d+)?H`,
    String.raw`\x1b\[H\x1b\[2J`,
    String.raw`\x1b\[K`,
    String.raw`\x1b\[\?(?:1049|7|25|2004|2026)[hl]`,
    String.raw`\x1b\[>5u`,
    String.raw`\x1b\[<u`,
  ].join('|'),
  'g',
);

const account = (at: number): Account => ({
  ...(ACTIONS.get_profile.example.result.account as Account),
  account_id: `a_${String(at).padStart(20, '0')}`,
  account_name: hostile(at),
  first_name: hostile(at + 1),
  last_name: hostile(at + 2),
  email: hostile(at + 3),
  phone: hostile(at + 4),
  bio: CORPUS.join(' '),
  picture_url: hostile(at + 5),
  locale: hostile(at + 6),
  roles: ['admin', 'user'],
});
const session = (at: number): Session => ({
  ...(ACTIONS.list_sessions.example.result.sessions[0] as Session),
  session_id: `s_${String(at).padStart(20, '0')}`,
  current: at === 0,
  client_name: hostile(at),
  client_version: hostile(at + 1),
  os: hostile(at + 2),
  host_name: hostile(at + 3),
  address: hostile(at + 4),
});
/** Of services, so that whoever holds all of these may change it. */
const role = (at: number): RoleRecord => ({
  role: `role-${at}`,
  description: hostile(at),
  built_in: false,
  permissions: [`s:${hostile(at)}`, `s:${hostile(at + 1)}`],
  created_at: 1_795_000_000_000,
  updated_at: 1_795_000_000_000,
  version: 1,
});
const ALL = CORPUS.map((_, at) => at);

function answer(action: string): object | null {
  switch (action) {
    case 'server_info':
      return { ...ACTIONS.server_info.example.result, setup_required: false, registration_open: true };
    case 'authenticate':
      return { ...ACTIONS.authenticate.example.result, account: account(0), session: session(0) };
    case 'whoami':
      return { ...ACTIONS.whoami.example.result, account: account(0), session: session(0) };
    case 'list_sessions':
      return { sessions: ALL.map(session) };
    case 'login_history':
      return {
        entries: ALL.map((at) => {
          const { client_name, client_version, os, host_name, address } = session(at);
          const { success, failure } = { success: at % 2 === 0, failure: at % 2 === 0 ? null : 'suspended' };
          return {
            at: 1_795_000_000_000,
            method: 'password',
            success,
            failure,
            address,
            client_name,
            client_version,
            os,
            host_name,
          };
        }),
        next_cursor: null,
      };
    case 'list_users':
      return { users: ALL.map(account), next_cursor: null, total: ALL.length, total_is_exact: true };
    case 'list_roles':
      return { roles: [...BUILT_IN_ROLE_RECORDS, ...ALL.map(role)] };
    case 'get_user':
      return { user: account(3), live_sessions: 2 };
    case 'suspend_user':
      return { user: { ...account(3), status: 'suspended' }, ended_sessions: 1 };
    default:
      return null;
  }
}

async function serve(connection: PeerConnection): Promise<void> {
  for (;;) {
    const request = await connection.request();
    const { action, id } = request;
    const result = answer(action);
    if (result !== null && isActionName(action)) connection.reply(id, action, result);
    else if (action === 'update_user' || action === 'update_profile') {
      const details = ALL.slice(0, 7).map((at) => ({
        path: `changes.${['first_name', 'last_name', 'email', 'phone', 'bio', 'picture_url', 'locale'][at] ?? ''}`,
        reason: hostile(at),
        message: `${hostile(at)} ${hostile(at + 7)}`,
      }));
      connection.send(
        JSON.stringify({
          response: 400,
          id,
          time: 1,
          code: 'invalid_params',
          error: CORPUS.join(''),
          hint: CORPUS.join(''),
          details,
        }),
      );
    } else if (action === 'delete_user') connection.refuse(id, 'last_administrator');
    else if (isActionName(action)) connection.reply(id, action);
    if (action === 'list_users')
      connection.event('account_changed', { account: { ...account(0), version: 99 } });
  }
}

let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What the reader of lines hears each time it is asked for. */
const HEARD: readonly string[] = [
  'Sign in',
  'Sessions (17)',
  'Edit profile',
  'Actions:',
  'Suspend',
  '2 marked accounts',
  'Keys here',
];
const QUIET_MS = 1_000;

async function tour(accessible: boolean): Promise<{ raw: string; seen: string }> {
  const peer = await ScriptedPeer.listen();
  folder = mkdtempSync(join(tmpdir(), 'portcullis-hostile-'));
  const env = {
    ...{ XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder, XDG_DATA_HOME: folder, HOME: folder },
    // As an argument it would be told about, in a line of its own.
    PORTCULLIS: formatConnectionString(peer.address),
  };
  const args = accessible ? ['--accessible'] : [];
  const program: TerminalProgram = startTui({ args, env, cols: 150, rows: 50 });
  try {
    const connection = await peer.next();
    const name = CORPUS.join('').slice(0, 60);
    if (!(await connection.handshake({ challenge: { server_name: name } }))) throw new Error('no handshake');
    serve(connection).catch(() => undefined);
    let seen = '';
    let said = 0;
    const step = async (keys: string, onScreen: string | RegExp, spoken = onScreen): Promise<void> => {
      const wanted = accessible ? spoken : onScreen;
      // A key that follows Esc at once would be Alt with it.
      for (const part of keys.split(/(\x1b)/)) {
        program.write(part);
        if (part === '\x1b') await new Promise((resolve) => setTimeout(resolve, 100));
      }
      // Where lines are only ever added an old one would pass for the new: there it has to come after the keys.
      // What had been said before is not said again; what follows it is, and then it is quiet.
      let length = said;
      let since = Date.now();
      const isQuiet = (): boolean => {
        if (program.raw().length !== length) since = Date.now();
        length = program.raw().length;
        return length > said && Date.now() - since > QUIET_MS;
      };
      const mustBeHeard = spoken !== onScreen || HEARD.some((heard) => heard === wanted);
      const shows = (screen: string): boolean => {
        const text = accessible ? program.raw().slice(said) : screen;
        if (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)) return true;
        return accessible && !mustBeHeard && isQuiet();
      };
      await program.sees(shows).catch((error: unknown) => {
        throw new Error(`after ${JSON.stringify(keys)}, waiting for ${String(wanted)}: ${String(error)}`);
      });
      said = program.raw().length;
      seen += program.text();
    };
    await step('', 'Sign in');
    // Of the three panels only the one in front is spoken.
    await step('anna\tpassword\r', 'Sessions (17)', 'Profile, 1 of 3');
    await step('\tjjjx', /End session|Sign out/);
    await step('\x1b\tjjj', 'Sign-in history');
    await step('e', 'Edit profile');
    await step('\x15new\r', 'what changes');
    await step('\x1b', 'Save');
    await step('\r', 'what changes');
    await step('y', 'Something in the form is not right.');
    await step('\x1b', 'Esc once more');
    await step('\x1b', 'Sign-in history');
    await step(':users\r', '17 accounts');
    await step('jjj\r', 'Live sessions');
    await step('x', 'Actions:');
    await step('s', 'Suspend');
    await step('y', 'suspended');
    await step('e', 'Edit:');
    await step('\x15new\r', 'what changes');
    await step('y', 'Something in the form is not right.');
    await step('\x1b', 'Esc once more');
    await step('\x1b', 'Live sessions');
    await step('D', 'Type the login');
    await step('\x1b\x1b', '17 accounts');
    await step('P', '20 roles');
    await step('jjjjj\r', 'made here');
    await step('e', 'Role: role-2');
    await step('\t \r', 'Not a permission of a service');
    await step('\x1b', 'Esc once more');
    await step('\x1b', 'made here');
    await step('D', 'Delete the role role-2?');
    await step('\x1b\x1b\x1b', '17 accounts');
    await step('  ', '2 marked');
    await step('x', '2 marked accounts');
    await step('s', 'Suspend 2 accounts?');
    await step('\x1b?', 'Keys here');
    program.write('\x1b');
    return { raw: program.raw(), seen };
  } finally {
    await program[Symbol.asyncDispose]();
    await peer.close();
  }
}

const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/u;

describe('hostile text', () => {
  test('no screen lets any of it through', async () => {
    const { raw, seen } = await tour(false);
    const rest = raw.replace(OWN, '');
    const found = /[\x00-\x1f\x7f-\x9f]/.exec(rest);
    expect(found === null ? null : JSON.stringify(rest.slice(found.index - 20, found.index + 40))).toBeNull();
    expect(rest).not.toMatch(INVISIBLE);
    // It is shown, harmless.
    for (const part of ['␛]52;c;', '␛[5;45m', 'admin␍guest', '␇', '␉']) expect(seen).toContain(part);
  });
  test('so it is with --accessible, where there is no escape byte at all', async () => {
    const { raw } = await tour(true);
    for (const heard of HEARD) expect(raw).toContain(heard);
    expect(raw).not.toContain('\x1b');
    expect(raw.replace(/\r?\n/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    expect(raw).not.toMatch(INVISIBLE);
  });
});
