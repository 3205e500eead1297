/** Commands about the own account: who am I, signing in and out, profile, password, sessions, tokens. */
import {
  profileFields,
  type Account,
  type ParamsOf,
  type ResultOf,
  type Session,
} from '../../protocol/index.js';
import { readSetupCode } from '../effects/address.js';
import { cleanResult } from '../effects/clean_result.js';
import { Refusal } from '../effects/one_shot.js';
import { oneCall, ownRun, type CommandResult, type CommandSpec } from './command.js';
import type { CommandContext } from './context.js';
import { UsageError } from './errors.js';
import { EXIT } from './exit_codes.js';
import { fields, orDash, table, when } from './layout.js';
import { pagesOf, PAGE_FLAGS } from './pages.js';

type Changes = ParamsOf<'update_profile'>['changes'];
type SignedIn = ResultOf<'authenticate'>;
type Entry = ResultOf<'login_history'>['entries'][number];

const PROFILE_NAMES = Object.keys(profileFields) as (keyof typeof profileFields)[];
export const PROFILE_ARGUMENT = { name: 'FIELD=VALUE', many: true };
export const PROFILE_HELP = `fields: ${PROFILE_NAMES.join(', ')}; nothing after the = clears`;

/** `first_name=Anna phone=` as changes. */
export function readChanges(words: readonly string[]): Changes {
  const changes: Changes = {};
  for (const word of words) {
    const equals = word.indexOf('=');
    const name = PROFILE_NAMES.find((known) => known === word.slice(0, equals));
    if (equals === -1 || name === undefined) {
      throw new UsageError(`Changes are written FIELD=VALUE; ${PROFILE_HELP}.`);
    }
    const value = word.slice(equals + 1);
    changes[name] = value === '' ? null : value;
  }
  return changes;
}

/** An account as people read it. */
export function showAccount(account: Account, more: readonly (readonly [string, string])[] = []): string {
  const name = [account.first_name, account.last_name].filter((part) => part !== null).join(' ');
  return fields([
    ['account', account.account_name],
    ['id', account.account_id],
    ['name', orDash(name)],
    ['e-mail', orDash(account.email)],
    ['phone', orDash(account.phone)],
    ['bio', orDash(account.bio)],
    ['picture', orDash(account.picture_url)],
    ['locale', orDash(account.locale)],
    ['roles', account.roles.join(', ')],
    ['status', account.status],
    ['created', when(account.created_at)],
    ['last seen', when(account.last_seen_at)],
    ['password', when(account.password_changed_at)],
    ['version', String(account.version)],
    ...more,
  ]);
}

const deviceOf = (said: Pick<Session, 'host_name' | 'client_name' | 'os'>): readonly string[] => [
  orDash(said.host_name),
  orDash([said.client_name, said.os].filter((part) => part !== null && part !== '').join(' on ')),
];

const showSessions = ({ sessions }: ResultOf<'list_sessions'>, { columns }: CommandContext): string =>
  table(
    ['SESSION', '', 'MACHINE', 'PROGRAM', 'ADDRESS', 'SIGNED IN', 'LAST ACTIVE', 'ENDS'],
    sessions.map((session) => [
      session.session_id,
      session.current ? 'this one' : '',
      ...deviceOf(session),
      session.address,
      when(session.created_at),
      when(session.last_active_at),
      when(session.expires_at),
    ]),
    columns,
  );

const showHistory = (entries: readonly Entry[], columns: number | null): string =>
  table(
    ['TIME', 'OUTCOME', 'HOW', 'ADDRESS', 'MACHINE', 'PROGRAM'],
    entries.map((entry) => [
      when(entry.at),
      entry.success ? 'ok' : (entry.failure ?? 'refused'),
      entry.method,
      entry.address,
      ...deviceOf(entry),
    ]),
    columns,
  );

/** Keeps the sign-in and tells who it is. The tokens stay out of the document: `token` is for who needs one. */
async function signedIn(context: CommandContext, result: SignedIn): Promise<CommandResult> {
  await context.rememberSignIn(result);
  const { account, session } = result;
  return {
    json: { account, session },
    text: `Signed in as ${cleanResult(account.account_name)}. The session is kept for this user of this machine.`,
  };
}

const endedText = (count: number): string => `${count} ${count === 1 ? 'session' : 'sessions'} ended.`;

export const ACCOUNT_COMMANDS: readonly CommandSpec[] = [
  oneCall({
    name: 'whoami',
    help: 'Who is signed in, since when, and what they may do.',
    action: 'whoami',
    params: () => ({}),
    show: ({ account, session, permissions }) =>
      fields([
        ['account', account.account_name],
        ['id', account.account_id],
        ['roles', account.roles.join(', ')],
        ['may', permissions.length === 0 ? '-' : permissions.join(', ')],
        ['session', session.session_id],
        ['since', when(session.created_at)],
        ['ends', when(session.expires_at)],
      ]),
  }),
  ownRun({
    name: 'register',
    help:
      'Make an account and sign in with it. On a server without an administrator the setup code of its data folder is used, ' +
      'or asked for with --setup-code.',
    args: [{ name: 'NAME' }],
    flags: { 'setup-code': { help: 'ask for the setup code, after the password' } },
    session: 'none',
    actions: ['server_info', 'register'],
    run: async (context) => {
      context.checkKeep();
      const password = await context.secrets.choose('Password');
      const typed = context.has('setup-code') ? await context.secrets.ask('Setup code') : null;
      const { setup_required } = await context.call('server_info', {});
      const code = typed ?? (setup_required ? readSetupCode(context.data_folder) : null);
      const result = await context.call('register', {
        user: { account_name: context.arg(0), password },
        ...(code === null ? {} : { setup_code: code }),
      });
      return signedIn(context, result);
    },
  }),
  ownRun({
    name: 'login',
    help: 'Sign in. The session is kept for the commands that follow and for the UI.',
    args: [{ name: 'NAME' }],
    session: 'none',
    actions: ['authenticate'],
    run: async (context) => {
      context.checkKeep();
      const password = await context.secrets.ask('Password');
      const user = { account_name: context.arg(0), password };
      return signedIn(context, await context.call('authenticate', { user }));
    },
  }),
  ownRun({
    name: 'logout',
    help: 'End the stored session and forget it; with --all end every session of the account.',
    flags: { all: { help: 'end all sessions of the account, on every machine' } },
    actions: ['logout', 'logout_all'],
    run: async (context) => {
      const stored = context.stored();
      try {
        const result = context.has('all')
          ? await context.call('logout_all', {})
          : await context.call('logout', {});
        context.forgetSession();
        const more = 'ended_sessions' in result ? ` ${endedText(result.ended_sessions)}` : '';
        return { json: result, text: `${cleanResult(stored.account_name)} is signed out.${more}` };
      } catch (error) {
        // A session that is over is as good as one that was ended, unless the others were meant too.
        const over = error instanceof Refusal && error.code === 'session_invalid';
        if (!over || context.has('all')) throw error;
        return { json: {}, text: 'The session had ended already; it is forgotten.' };
      }
    },
  }),
  ownRun({
    name: 'redeem',
    help: 'Choose a password with a one-time code from an administrator, and sign in. Asks for the code, then the password.',
    args: [{ name: 'NAME' }],
    session: 'none',
    actions: ['redeem_code'],
    run: async (context) => {
      context.checkKeep();
      const code = await context.secrets.ask('Code');
      const new_password = await context.secrets.choose('New password');
      return signedIn(
        context,
        await context.call('redeem_code', { account_name: context.arg(0), code: code.trim(), new_password }),
      );
    },
  }),
  oneCall({
    name: 'profile get',
    help: 'The own profile.',
    action: 'get_profile',
    params: () => ({}),
    show: ({ account }) => showAccount(account),
  }),
  oneCall({
    name: 'profile set',
    help: `Change the own profile; ${PROFILE_HELP}.`,
    args: [PROFILE_ARGUMENT],
    action: 'update_profile',
    params: ({ args }) => ({ changes: readChanges(args) }),
    show: ({ account }) => showAccount(account),
  }),
  oneCall({
    name: 'password',
    help: 'Change the own password; all other sessions end. Asks for the current one, then the new one.',
    action: 'change_password',
    params: async ({ secrets }) => ({
      current_password: await secrets.ask('Current password'),
      new_password: await secrets.choose('New password'),
    }),
    show: ({ ended_sessions }) => `Password changed. ${endedText(ended_sessions)}`,
  }),
  oneCall({
    name: 'sessions list',
    help: 'The live sessions of the own account.',
    action: 'list_sessions',
    params: () => ({}),
    show: showSessions,
  }),
  oneCall({
    name: 'sessions end',
    help: 'End one session of the own account.',
    args: [{ name: 'SESSION_ID' }],
    action: 'revoke_session',
    params: (context) => ({ session_id: sessionIdOf(context.arg(0)) }),
    show: ({ session_id }) => `${session_id} ended.`,
  }),
  oneCall({
    name: 'sessions end-others',
    help: 'End all sessions of the own account but this one.',
    action: 'logout_all',
    params: () => ({ keep_current: true }),
    show: ({ ended_sessions }) => endedText(ended_sessions),
  }),
  ownRun({
    name: 'history',
    help: 'Sign-ins and refused tries of the own account, newest first.',
    flags: PAGE_FLAGS,
    actions: ['login_history'],
    run: async (context) => {
      const { first, rows, next_cursor } = await pagesOf(context, async (page) => {
        const result = await context.call('login_history', page);
        return { result, rows: result.entries, next_cursor: result.next_cursor };
      });
      const json = { ...first, entries: rows, next_cursor };
      return { json, text: showHistory(cleanResult(rows), context.columns) };
    },
  }),
  ownRun({
    name: 'token',
    help: 'Print a fresh access token of the stored session, for other services. It is good for a few minutes.',
    session: 'stored',
    actions: ['refresh'],
    run: async (context) => {
      const { refresh_token } = context.stored();
      if (refresh_token === null) {
        throw new Refusal(
          'unauthenticated',
          'No refresh token is stored. Sign in again: auth-tui login NAME',
        );
      }
      const result = await context.call('refresh', { refresh_token });
      context.keep.refreshed(context.server().address, refresh_token, result.refresh_token);
      const { session_id, access_token, access_token_expires_at } = result;
      return { json: { session_id, access_token, access_token_expires_at }, text: access_token };
    },
  }),
  ownRun({
    name: 'verify',
    help:
      'Say whether a token is good right now, and whose it is. The token is read from standard input; without one the stored ' +
      'session is looked at. Exit code 1 when it is not good.',
    session: 'none',
    actions: ['verify_token'],
    run: async (context) => {
      const piped = await context.secrets.piped();
      const result = await context.call('verify_token', {
        token: piped === '' ? context.stored().session_token : piped,
      });
      const subject = cleanResult(result.subject);
      const text =
        subject === null
          ? 'not active'
          : fields([
              ['active', 'yes'],
              ['kind', subject.kind],
              ['account', subject.account_name],
              ['id', subject.account_id],
              ['session', subject.session_id],
              ['roles', subject.roles.join(', ')],
              ['may', subject.permissions.length === 0 ? '-' : subject.permissions.join(', ')],
              ['ends', when(subject.expires_at)],
            ]);
      return { json: result, text, exit: result.active ? EXIT.ok : EXIT.refused };
    },
  }),
];

function sessionIdOf(text: string): string {
  if (/^s_[0-9A-Za-z]{20}$/.test(text)) return text;
  throw new UsageError('A session id looks like s_ and 20 letters and digits; see: auth-tui sessions list');
}
