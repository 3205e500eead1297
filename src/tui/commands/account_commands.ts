/** Commands about the own account: who am I, signing in and out, profile, password, sessions, tokens. */
import type { Account, ParamsOf, ResultOf, Session } from '../../protocol/index.js';
import { cleanResult, readSetupCode, Refusal } from '../reach/index.js';
import { oneCall, ownRun, type CommandResult, type CommandSpec, type FlagSpec } from './command.js';
import type { CommandContext } from './context.js';
import { UsageError, withMeant } from './errors.js';
import { EXIT } from './exit_codes.js';
import { FACTS, PROFILE_NAMES } from './facts.js';
import { labelled, orDash, table, titles, when } from './layout.js';
import { pagesOf, PAGE_FLAGS } from './pages.js';
import type { Label, Words } from './words/index.js';

type Changes = ParamsOf<'update_profile'>['changes'];
type SignedIn = ResultOf<'authenticate'>;
type Entry = ResultOf<'login_history'>['entries'][number];

export const PROFILE_ARGUMENT = { name: 'FIELD=VALUE', many: true } as const;
export const VERSION_FLAG = { 'if-version': { value: 'VERSION', text: 'if-version' } } as const;

/** What can be said of a person with a new account; each may be left out. */
export const PERSON_FLAGS = {
  email: { value: 'ADDRESS', text: 'person email' },
  'first-name': { value: 'NAME', text: 'person first-name' },
  'last-name': { value: 'NAME', text: 'person last-name' },
  phone: { value: 'NUMBER', text: 'person phone' },
} as const satisfies Record<string, FlagSpec>;

type Person = Pick<ParamsOf<'create_user'>['user'], 'email' | 'first_name' | 'last_name' | 'phone'>;

export function personOf(context: CommandContext): Person {
  const said = {
    email: context.text('email'),
    first_name: context.text('first-name'),
    last_name: context.text('last-name'),
    phone: context.text('phone'),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

/** Returns `first_name=Anna phone=` as changes. */
export function readChanges(given: readonly string[]): Changes {
  const changes: Changes = {};
  for (const word of given) {
    const equals = word.indexOf('=');
    const typed = word.slice(0, equals);
    const name = PROFILE_NAMES.find((known) => known === typed);
    if (equals === -1 || name === undefined) {
      const fields = equals === -1 ? [] : PROFILE_NAMES;
      throw new UsageError(withMeant((words) => words('says', 'changes_form', FACTS), typed, fields));
    }
    const value = word.slice(equals + 1);
    changes[name] = value === '' ? null : value;
  }
  return changes;
}

/** Returns the version that the account has to have, if one was given. */
export function readVersion(context: CommandContext): { version?: number } {
  const version = context.count('if-version');
  return version === null ? {} : { version };
}

/** Returns an account as people read it. */
export function showAccount(
  words: Words,
  account: Account,
  more: readonly (readonly [Label, string])[] = [],
): string {
  const name = [account.first_name, account.last_name].filter((part) => part !== null).join(' ');
  return labelled(words, [
    ['account', account.account_name],
    ['id', account.account_id],
    ['name', orDash(name)],
    ['email', orDash(account.email)],
    ['phone', orDash(account.phone)],
    ['bio', orDash(account.bio)],
    ['picture', orDash(account.picture_url)],
    ['locale', orDash(account.locale)],
    ['roles', account.roles.join(', ')],
    ['status', words('values', account.status)],
    ['created', when(account.created_at)],
    ['updated', when(account.updated_at)],
    ['last_seen', when(account.last_seen_at)],
    ['password', when(account.password_changed_at)],
    ['version', String(account.version)],
    ...more,
  ]);
}

function deviceOf(
  words: Words,
  { host_name, client_name, os }: Pick<Session, 'host_name' | 'client_name' | 'os'>,
): readonly string[] {
  const both =
    client_name !== null && os !== null
      ? words('measures', 'program_on', { program: client_name, os })
      : (client_name ?? os);
  return [orDash(host_name), orDash(both)];
}

const showSessions = ({ sessions }: ResultOf<'list_sessions'>, { columns, words }: CommandContext): string =>
  table(
    titles(words, [
      'session',
      'which',
      'machine',
      'program',
      'address',
      'last_address',
      'signed_in',
      'last_active',
      'ends',
    ]),
    sessions.map((session) => [
      session.session_id,
      session.current ? words('values', 'this_one') : '',
      ...deviceOf(words, session),
      session.address,
      session.last_address ?? session.address,
      when(session.created_at),
      when(session.last_active_at),
      when(session.expires_at),
    ]),
    columns,
  );

function outcomeOf({ success, failure, method }: Entry, words: Words): string {
  if (success) {
    const wentOn = method === 'resume' || method === 'refresh';
    return words('values', wentOn ? 'went_on' : 'signed_in');
  }
  // Somebody who was signed in already, and not somebody at the door.
  if (method === 'confirmation' && failure === 'wrong_password') return words('values', 'slip');
  return words('values', failure === null ? 'refused' : `failure ${failure}`);
}

const showHistory = (entries: readonly Entry[], { columns, words }: CommandContext): string =>
  table(
    titles(words, ['time', 'outcome', 'how', 'address', 'machine', 'program']),
    entries.map((entry) => [
      when(entry.at),
      outcomeOf(entry, words),
      words('values', `method ${entry.method}`),
      entry.address,
      ...deviceOf(words, entry),
    ]),
    columns,
  );

/** Keeps the sign-in and tells who it is. The tokens stay out of the document: `token` is for who needs one. */
async function signedIn(context: CommandContext, result: SignedIn): Promise<CommandResult> {
  await context.rememberSignIn(result);
  const { account, session, created } = result;
  const name = cleanResult(account.account_name);
  const says = [...(created === true ? ['account_made' as const] : []), 'signed_in' as const];
  return {
    json: { account, session, ...(created === undefined ? {} : { created }) },
    text: says.map((what) => context.words('says', what, { name })).join(' '),
  };
}

/** Returns how many sessions ended, in words. */
export const endedText = (words: Words, count: number): string => words('says', 'sessions_ended', { count });

/** What roles allow, by the names of permissions. */
const mayText = (permissions: readonly string[]): string => orDash(permissions.join(', '));

export const ACCOUNT_COMMANDS: readonly CommandSpec[] = [
  oneCall({
    name: 'whoami',
    action: 'whoami',
    params: () => ({}),
    show: ({ account, session, permissions }, { words }) =>
      labelled(words, [
        ['account', account.account_name],
        ['id', account.account_id],
        ['roles', account.roles.join(', ')],
        ['may', mayText(permissions)],
        ['session', session.session_id],
        ['since', when(session.created_at)],
        ['ends', when(session.expires_at)],
      ]),
  }),
  ownRun({
    name: 'register',
    args: [{ name: 'NAME' }],
    flags: { ...PERSON_FLAGS, 'setup-code': { text: 'register setup-code' } },
    session: 'none',
    actions: ['server_info', 'register'],
    run: async (context) => {
      context.checkKeep();
      const password = await context.secrets.choose('password');
      const typed = context.has('setup-code') ? await context.secrets.ask('setup_code') : null;
      const { setup_required } = await context.call('server_info', {});
      const code = typed ?? (setup_required ? readSetupCode(context.data_folder) : null);
      const result = await context.call('register', {
        user: { account_name: context.arg(0), password, ...personOf(context) },
        ...(code === null ? {} : { setup_code: code }),
      });
      return signedIn(context, result);
    },
  }),
  ownRun({
    name: 'login',
    args: [{ name: 'NAME' }],
    session: 'none',
    actions: ['authenticate'],
    run: async (context) => {
      context.checkKeep();
      const password = await context.secrets.ask('password');
      const user = { account_name: context.arg(0), password };
      return signedIn(context, await context.call('authenticate', { user }));
    },
  }),
  ownRun({
    name: 'logout',
    flags: { all: { text: 'logout all' } },
    actions: ['logout', 'logout_all'],
    run: async (context) => {
      const { words } = context;
      const stored = context.stored();
      try {
        const result = context.has('all')
          ? await context.call('logout_all', {})
          : await context.call('logout', {});
        context.forgetSession();
        const ended = 'ended_sessions' in result ? [endedText(words, result.ended_sessions)] : [];
        const name = cleanResult(stored.account_name);
        const next = context.next();
        const goes_on = next === null ? [] : [words('says', 'goes_on_as', { name: cleanResult(next) })];
        return {
          json: result,
          text: [words('says', 'signed_out', { name }), ...ended, ...goes_on].join(' '),
        };
      } catch (error) {
        // A session that is over is as good as one that was ended, unless the others were meant too.
        const over = error instanceof Refusal && error.code === 'session_invalid';
        if (!over || context.has('all')) throw error;
        return { json: {}, text: words('says', 'over_already') };
      }
    },
  }),
  ownRun({
    name: 'redeem',
    args: [{ name: 'NAME' }],
    session: 'none',
    actions: ['redeem_code'],
    run: async (context) => {
      context.checkKeep();
      const code = await context.secrets.ask('code');
      const new_password = await context.secrets.choose('new_password');
      return signedIn(
        context,
        await context.call('redeem_code', { account_name: context.arg(0), code: code.trim(), new_password }),
      );
    },
  }),
  oneCall({
    name: 'profile get',
    action: 'get_profile',
    params: () => ({}),
    show: ({ account }, { words }) => showAccount(words, account),
  }),
  oneCall({
    name: 'profile set',
    args: [PROFILE_ARGUMENT],
    flags: VERSION_FLAG,
    action: 'update_profile',
    params: (context) => ({ changes: readChanges(context.args), ...readVersion(context) }),
    show: ({ account }, { words }) => showAccount(words, account),
  }),
  oneCall({
    name: 'password',
    action: 'change_password',
    params: async ({ secrets }) => ({
      current_password: await secrets.ask('current_password'),
      new_password: await secrets.choose('new_password'),
    }),
    show: ({ ended_sessions }, { words }) =>
      `${words('says', 'password_changed')} ${endedText(words, ended_sessions)}`,
  }),
  oneCall({
    name: 'sessions list',
    action: 'list_sessions',
    params: () => ({}),
    show: showSessions,
  }),
  oneCall({
    name: 'sessions end',
    args: [{ name: 'SESSION_ID' }],
    action: 'revoke_session',
    params: (context) => ({ session_id: sessionIdOf(context.arg(0)) }),
    show: ({ session_id }, { words }) => words('says', 'session_ended', { session: session_id }),
  }),
  oneCall({
    name: 'sessions end-others',
    action: 'logout_all',
    params: () => ({ keep_current: true }),
    show: ({ ended_sessions }, { words }) => endedText(words, ended_sessions),
  }),
  ownRun({
    name: 'history',
    flags: PAGE_FLAGS,
    actions: ['login_history'],
    run: async (context) => {
      const { first, rows, next_cursor } = await pagesOf(context, async (page) => {
        const result = await context.call('login_history', page);
        return { result, rows: result.entries, next_cursor: result.next_cursor };
      });
      const json = { ...first, entries: rows, next_cursor };
      return { json, text: showHistory(cleanResult(rows), context) };
    },
  }),
  ownRun({
    name: 'token',
    session: 'stored',
    actions: ['refresh', 'refresh_again', 'verify_token'],
    run: async (context) => {
      const { session_id, access_token, access_token_expires_at } = await context.freshToken();
      return { json: { session_id, access_token, access_token_expires_at }, text: access_token };
    },
  }),
  ownRun({
    name: 'verify',
    session: 'stored',
    actions: ['verify_token'],
    run: async (context) => {
      const { words } = context;
      const token = context.secrets.piped('token') ?? context.stored().session_token;
      const result = await context.call('verify_token', { token });
      const subject = cleanResult(result.subject);
      const text =
        subject === null
          ? words('says', 'not_active')
          : labelled(words, [
              ['active', words('values', 'yes')],
              ['kind', words('values', `kind ${subject.kind}`)],
              ['account', subject.account_name],
              ['id', subject.account_id],
              ['session', subject.session_id],
              ['roles', subject.roles.join(', ')],
              ['may', mayText(subject.permissions)],
              ['ends', when(subject.expires_at)],
            ]);
      return { json: result, text, exit: result.active ? EXIT.ok : EXIT.refused };
    },
  }),
];

function sessionIdOf(text: string): string {
  if (/^s_[0-9A-Za-z]{20}$/.test(text)) return text;
  throw new UsageError((words) => words('says', 'session_id_form'));
}
