/** Commands by which administrators look after other people's accounts. */
import {
  ACCOUNT_STATUSES,
  LIMITS,
  BUILT_IN_ROLE_NAMES,
  shownRole,
  type Account,
  type ResultOf,
} from '../../protocol/index.js';
import { cleanResult } from '../reach/index.js';
import {
  endedText,
  PERSON_FLAGS,
  personOf,
  PROFILE_ARGUMENT,
  readChanges,
  readVersion,
  showAccount,
  VERSION_FLAG,
} from './account_commands.js';
import { oneCall, ownRun, type CommandResult, type CommandSpec } from './command.js';
import type { CommandContext } from './context.js';
import { OwnRefusal, UsageError } from './errors.js';
import { EXIT, exitCodeOf } from './exit_codes.js';
import { SORTS } from './facts.js';
import { orDash, table, titles, when } from './layout.js';
import { pagesOf, PAGE_FLAGS, patiently } from './pages.js';
import { permissionsOf, roleOf } from './role_commands.js';
import { failureOf, refusalOf, sentenceOf } from './told.js';

const NAME_OR_ID = { name: 'NAME_OR_ID' } as const;
const ACCOUNT_ID = /^a_[0-9A-Za-z]{20}$/;

/** The id of an account that is named by its id or its account name. Throws Refusal `not_found`. */
async function accountIdOf(context: CommandContext, name: string): Promise<string> {
  if (ACCOUNT_ID.test(name)) return name;
  // Which sigma ends a word is the server's rule; of two names that differ in this alone there is one.
  const wanted = name.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
  // The search finds beginnings of words in several fields; only the very name counts.
  const search = Array.from(wanted).slice(0, LIMITS.search_length_max).join('').trim();
  if (search === '') throw new UsageError((words) => words('says', 'name_empty'));
  let cursor: string | null = null;
  do {
    const page: { users: Account[]; next_cursor: string | null } = await context.call('list_users', {
      search,
      limit: LIMITS.page_rows_max,
      ...(cursor === null ? {} : { cursor }),
    });
    const found = page.users.find(({ account_name }) => account_name.replaceAll('ς', 'σ') === wanted);
    if (found !== undefined) return found.account_id;
    cursor = page.next_cursor;
  } while (cursor !== null);
  throw new OwnRefusal('not_found', (words) => words('says', 'no_account'));
}

const byName = async (context: CommandContext): Promise<{ account_id: string }> => ({
  account_id: await accountIdOf(context, context.arg(0)),
});

function roleText(context: CommandContext, flag: string): string | null {
  const text = context.text(flag);
  return text === null ? null : roleOf(text);
}

const optional = <N extends string, T>(name: N, value: T | null): Partial<Record<N, T>> =>
  // The one key is `name`, which a computed key widens to string.
  value === null ? {} : ({ [name]: value } as Partial<Record<N, T>>);

const usersTable = (users: readonly Account[], { columns, words }: CommandContext): string =>
  table(
    titles(words, ['account', 'name', 'email', 'role', 'status', 'created', 'last_seen', 'id']),
    users.map((user) => [
      user.account_name,
      orDash([user.first_name, user.last_name].filter((part) => part !== null).join(' ')),
      orDash(user.email),
      shownRole(user.roles),
      words('values', user.status),
      when(user.created_at),
      when(user.last_seen_at),
      user.account_id,
    ]),
    columns,
  );

const nameOf = (user: Account): string => user.account_name;

type Acted = { readonly json: unknown; readonly text: string };

/**
 * The same act on each account that is named. For one the document is the server's answer, as everywhere. For several it is
 * what was answered, and what was refused by whose name; the exit code is then that of the first refusal.
 */
async function onEach(
  context: CommandContext,
  act: (account_id: string) => Promise<Acted>,
): Promise<CommandResult> {
  const one = async (name: string): Promise<Acted> =>
    patiently(async () => act(await accountIdOf(context, name)));
  if (context.args.length === 1) return one(context.arg(0));
  const done: unknown[] = [];
  const failed: { readonly account: string; readonly error: unknown }[] = [];
  const lines: string[] = [];
  const said: string[] = [];
  let exit: CommandResult['exit'] = EXIT.ok;
  for (const name of context.args) {
    try {
      const { json, text } = await one(name);
      done.push(json);
      lines.push(text);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw error;
      if (failed.length === 0) exit = exitCodeOf(refusal.code);
      failed.push({ account: name, error: failureOf(refusal) });
      const sentence = sentenceOf(refusal, context.words);
      said.push(context.words('says', 'not_done', { name: cleanResult(name), sentence }));
    }
  }
  return { json: { done, failed }, text: lines.join('\n'), said, exit };
}

function resumedText({ user }: ResultOf<'resume_user'>, { words }: CommandContext): string {
  const name = nameOf(cleanResult(user));
  return words('says', user.status === 'pending' ? 'resumed_pending' : 'resumed', { name });
}

export const USER_COMMANDS: readonly CommandSpec[] = [
  ownRun({
    name: 'users list',
    flags: {
      search: { value: 'TEXT', text: 'users list search' },
      role: { value: 'ROLE', text: 'users list role' },
      holds: { value: 'ROLE', text: 'users list holds' },
      status: { value: 'STATUS', text: 'users list status' },
      'not-search': { value: 'TEXT', text: 'users list not-search' },
      'not-role': { value: 'ROLE', text: 'users list not-role' },
      'not-holds': { value: 'ROLE', text: 'users list not-holds' },
      'not-status': { value: 'STATUS', text: 'users list not-status' },
      sort: { value: 'FIELD', text: 'users list sort' },
      desc: { text: 'users list desc' },
      ...PAGE_FLAGS,
    },
    actions: ['list_users'],
    run: async (context) => {
      const { words } = context;
      const not = {
        ...optional('search', context.text('not-search')),
        ...optional('role', context.oneOf('not-role', BUILT_IN_ROLE_NAMES)),
        ...optional('holds', roleText(context, 'not-holds')),
        ...optional('status', context.oneOf('not-status', ACCOUNT_STATUSES)),
      };
      const query = {
        ...(Object.keys(not).length === 0 ? {} : { not }),
        ...optional('search', context.text('search')),
        ...optional('role', context.oneOf('role', BUILT_IN_ROLE_NAMES)),
        ...optional('holds', roleText(context, 'holds')),
        ...optional('status', context.oneOf('status', ACCOUNT_STATUSES)),
        ...optional('sort', context.oneOf('sort', SORTS)),
        descending: context.has('desc'),
      };
      const { first, rows, next_cursor } = await pagesOf(context, async (page) => {
        const result = await context.call('list_users', { ...query, ...page });
        return { result, rows: result.users, next_cursor: result.next_cursor };
      });
      const { total, total_is_exact } = first;
      const said = total_is_exact ? 'counted' : 'counted_more';
      const counted = words('says', said, { count: rows.length, total });
      return {
        json: { users: rows, next_cursor, total, total_is_exact },
        text: rows.length === 0 ? '' : usersTable(cleanResult(rows), context),
        said: rows.length === 0 ? [words('says', 'no_match')] : rows.length === total ? [] : [counted],
      };
    },
  }),
  oneCall({
    name: 'users get',
    args: [NAME_OR_ID],
    actions: ['list_users'],
    action: 'get_user',
    params: byName,
    show: ({ user, live_sessions }, { words }) =>
      showAccount(words, user, [['live_sessions', String(live_sessions)]]),
  }),
  oneCall({
    name: 'users create',
    args: [{ name: 'NAME' }],
    flags: {
      ...PERSON_FLAGS,
      role: { value: 'ROLE', text: 'users create role' },
    },
    action: 'create_user',
    params: (context) => {
      const role = roleText(context, 'role');
      return {
        user: {
          account_name: context.arg(0),
          ...personOf(context),
        },
        ...(role === null ? {} : { roles: [role] }),
      };
    },
    show: ({ user, code, code_expires_at }, { words }) => ({
      text: code,
      said: [words('says', 'code_for', { name: nameOf(user), when: when(code_expires_at) })],
    }),
  }),
  oneCall({
    name: 'users set',
    args: [NAME_OR_ID, PROFILE_ARGUMENT],
    flags: VERSION_FLAG,
    actions: ['list_users'],
    action: 'update_user',
    params: async (context) => {
      const changes = readChanges(context.args.slice(1));
      return { ...(await byName(context)), changes, ...readVersion(context) };
    },
    show: ({ user }, { words }) => showAccount(words, user),
  }),
  ownRun({
    name: 'users suspend',
    args: [{ ...NAME_OR_ID, many: true }],
    flags: { reason: { value: 'TEXT', text: 'users suspend reason' } },
    actions: ['list_users', 'suspend_user'],
    run: (context) =>
      onEach(context, async (account_id) => {
        const reason = optional('reason', context.text('reason'));
        const json = await context.call('suspend_user', { account_id, ...reason });
        const said = context.words('says', 'suspended', { name: nameOf(cleanResult(json.user)) });
        return { json, text: `${said} ${endedText(context.words, json.ended_sessions)}` };
      }),
  }),
  ownRun({
    name: 'users resume',
    args: [{ ...NAME_OR_ID, many: true }],
    actions: ['list_users', 'resume_user'],
    run: (context) =>
      onEach(context, async (account_id) => {
        const json = await context.call('resume_user', { account_id });
        return { json, text: resumedText(json, context) };
      }),
  }),
  oneCall({
    name: 'users delete',
    args: [NAME_OR_ID],
    flags: { yes: { value: 'NAME', text: 'users delete yes' } },
    actions: ['list_users'],
    action: 'delete_user',
    params: (context) => {
      if (context.text('yes') === context.arg(0)) return byName(context);
      throw new UsageError((words) => words('says', 'repeat_account'));
    },
    show: ({ account_id, ended_sessions }, { words }) =>
      `${words('says', 'deleted', { account: account_id })} ${endedText(words, ended_sessions)}`,
  }),
  ...(['role-give', 'role-take'] as const).map((verb) =>
    oneCall({
      name: `users ${verb}`,
      args: [NAME_OR_ID, { name: 'ROLE' }],
      actions: ['list_users'],
      action: verb === 'role-give' ? 'assign_role' : 'unassign_role',
      params: async (context) => {
        const role = roleOf(context.arg(1));
        return { ...(await byName(context)), role };
      },
      show: ({ user }) => `${nameOf(user)}: ${user.roles.join(', ')}`,
    }),
  ),
  ownRun({
    name: 'users may',
    args: [NAME_OR_ID, { name: 'PERMISSION', many: true }],
    actions: ['list_users', 'check_permission'],
    run: async (context) => {
      const permissions = permissionsOf(context.args.slice(1));
      const { account_id } = await byName(context);
      const json = await context.call('check_permission', {
        questions: permissions.map((permission) => ({ account_id, permission })),
      });
      const { words } = context;
      const lines = json.answers.map(({ held, by }, at) =>
        [permissions[at], words('values', held ? 'yes' : 'no'), ...(by === null ? [] : [by])].join(' '),
      );
      return { json, text: lines.join('\n') };
    },
  }),
  oneCall({
    name: 'users clear-throttle',
    args: [NAME_OR_ID],
    actions: ['list_users'],
    action: 'clear_throttle',
    params: byName,
    show: ({ failures }, { words }) => words('says', 'guesses_forgotten', { count: failures }),
  }),
];
