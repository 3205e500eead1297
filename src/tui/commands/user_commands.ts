/** Commands by which administrators look after other people's accounts. */
import {
  ACCOUNT_STATUSES,
  LIMITS,
  ROLE_NAMES,
  type Account,
  type Role,
  type UserSort,
} from '../../protocol/index.js';
import { cleanResult } from '../effects/clean_result.js';
import { Refusal } from '../effects/one_shot.js';
import { PROFILE_ARGUMENT, PROFILE_HELP, readChanges, showAccount } from './account_commands.js';
import { oneCall, ownRun, type CommandSpec } from './command.js';
import type { CommandContext } from './context.js';
import { UsageError } from './errors.js';
import { orDash, table, when } from './layout.js';
import { pagesOf, PAGE_FLAGS } from './pages.js';

const SORTS = ['account_name', 'created_at', 'last_seen_at'] as const satisfies readonly UserSort[];
const NAME_OR_ID = { name: 'NAME_OR_ID' };
const ACCOUNT_ID = /^a_[0-9A-Za-z]{20}$/;

/** The id of an account that is named by its id or its account name. Throws Refusal `not_found`. */
async function accountIdOf(context: CommandContext, name: string): Promise<string> {
  if (ACCOUNT_ID.test(name)) return name;
  const wanted = name.normalize('NFKC').toLowerCase().normalize('NFC');
  // The search finds beginnings of words in several fields; only the very name counts.
  const search = Array.from(wanted).slice(0, LIMITS.search_length_max).join('').trim();
  if (search === '') throw new UsageError('An account name can not be empty.');
  let cursor: string | null = null;
  do {
    const page: { users: Account[]; next_cursor: string | null } = await context.call('list_users', {
      search,
      limit: LIMITS.page_rows_max,
      ...(cursor === null ? {} : { cursor }),
    });
    const found = page.users.find(({ account_name }) => account_name === wanted);
    if (found !== undefined) return found.account_id;
    cursor = page.next_cursor;
  } while (cursor !== null);
  throw new Refusal('not_found', 'No account has this name.');
}

const byName = async (context: CommandContext): Promise<{ account_id: string }> => ({
  account_id: await accountIdOf(context, context.arg(0)),
});

function roleOf(text: string): Role {
  const role = ROLE_NAMES.find((known) => known === text);
  if (role === undefined) throw new UsageError(`Roles are: ${ROLE_NAMES.join(', ')}.`);
  return role;
}

const optional = <N extends string, T>(name: N, value: T | null): Partial<Record<N, T>> =>
  // The one key is `name`, which a computed key widens to string.
  value === null ? {} : ({ [name]: value } as Partial<Record<N, T>>);

const usersTable = (users: readonly Account[], columns: number | null): string =>
  table(
    ['ACCOUNT', 'NAME', 'E-MAIL', 'ROLES', 'STATUS', 'CREATED', 'LAST SEEN', 'ID'],
    users.map((user) => [
      user.account_name,
      orDash([user.first_name, user.last_name].filter((part) => part !== null).join(' ')),
      orDash(user.email),
      user.roles.filter((role) => role !== 'user').join(', ') || 'user',
      user.status,
      when(user.created_at),
      when(user.last_seen_at),
      user.account_id,
    ]),
    columns,
  );

const nameOf = (user: Account): string => user.account_name;
const sessionsText = (count: number): string => `${count} ${count === 1 ? 'session' : 'sessions'} ended.`;

export const USER_COMMANDS: readonly CommandSpec[] = [
  ownRun({
    name: 'users list',
    help: 'All accounts, with search, filter and sort.',
    flags: {
      search: { value: 'TEXT', help: 'beginnings of words in account name, e-mail, first and last name' },
      role: { value: 'ROLE', help: ROLE_NAMES.join(', ') },
      status: { value: 'STATUS', help: ACCOUNT_STATUSES.join(', ') },
      sort: { value: 'FIELD', help: SORTS.join(', ') },
      desc: { help: 'turn the order round' },
      ...PAGE_FLAGS,
    },
    actions: ['list_users'],
    run: async (context) => {
      const query = {
        ...optional('search', context.text('search')),
        ...optional('role', context.oneOf('role', ROLE_NAMES)),
        ...optional('status', context.oneOf('status', ACCOUNT_STATUSES)),
        ...optional('sort', context.oneOf('sort', SORTS)),
        descending: context.has('desc'),
      };
      const { first, rows, next_cursor } = await pagesOf(context, async (page) => {
        const result = await context.call('list_users', { ...query, ...page });
        return { result, rows: result.users, next_cursor: result.next_cursor };
      });
      const { total, total_is_exact } = first;
      const counted = `${rows.length} of ${total_is_exact ? '' : 'more than '}${total}`;
      const text = rows.length === 0 ? 'No account matches.' : usersTable(cleanResult(rows), context.columns);
      return {
        json: { users: rows, next_cursor, total, total_is_exact },
        text: rows.length === 0 || rows.length === total ? text : `${text}\n\n${counted}; --all shows all`,
      };
    },
  }),
  oneCall({
    name: 'users get',
    help: 'One account.',
    args: [NAME_OR_ID],
    actions: ['list_users'],
    action: 'get_user',
    params: byName,
    show: ({ user, live_sessions }) => showAccount(user, [['live sessions', String(live_sessions)]]),
  }),
  oneCall({
    name: 'users create',
    help:
      'Make an account for someone else. Prints the one-time code with which they choose their password: ' +
      'auth-tui redeem NAME.',
    args: [{ name: 'NAME' }],
    flags: {
      email: { value: 'ADDRESS', help: 'e-mail address' },
      'first-name': { value: 'NAME', help: 'first name' },
      'last-name': { value: 'NAME', help: 'last name' },
      phone: { value: 'NUMBER', help: 'phone number' },
      role: { value: 'ROLE', help: 'a role beyond user' },
    },
    action: 'create_user',
    params: (context) => {
      const role = context.oneOf('role', ROLE_NAMES);
      return {
        user: {
          account_name: context.arg(0),
          ...optional('email', context.text('email')),
          ...optional('first_name', context.text('first-name')),
          ...optional('last_name', context.text('last-name')),
          ...optional('phone', context.text('phone')),
        },
        ...(role === null ? {} : { roles: [role] }),
      };
    },
    show: ({ user, code, code_expires_at }) =>
      `${nameOf(user)} can choose a password until ${when(code_expires_at)} with this code, shown only now:\n${code}`,
  }),
  oneCall({
    name: 'users set',
    help: `Change somebody's profile; ${PROFILE_HELP}.`,
    args: [NAME_OR_ID, PROFILE_ARGUMENT],
    actions: ['list_users'],
    action: 'update_user',
    params: async (context) => {
      const changes = readChanges(context.args.slice(1));
      return { ...(await byName(context)), changes };
    },
    show: ({ user }) => showAccount(user),
  }),
  oneCall({
    name: 'users suspend',
    help: 'Suspend an account: its sessions end and it can not sign in until it is resumed.',
    args: [NAME_OR_ID],
    flags: { reason: { value: 'TEXT', help: 'for the audit log' } },
    actions: ['list_users'],
    action: 'suspend_user',
    params: async (context) => ({
      ...(await byName(context)),
      ...optional('reason', context.text('reason')),
    }),
    show: ({ user, ended_sessions }) => `${nameOf(user)} is suspended. ${sessionsText(ended_sessions)}`,
  }),
  oneCall({
    name: 'users resume',
    help: 'Lift a suspension.',
    args: [NAME_OR_ID],
    actions: ['list_users'],
    action: 'resume_user',
    params: byName,
    show: ({ user }) => `${nameOf(user)} is ${user.status}.`,
  }),
  oneCall({
    name: 'users delete',
    help: 'Delete an account for good. The name is given twice, so that no slip of the history deletes anyone.',
    args: [NAME_OR_ID],
    flags: { yes: { value: 'NAME', help: 'the same NAME_OR_ID again' } },
    actions: ['list_users'],
    action: 'delete_user',
    params: (context) => {
      if (context.text('yes') === context.arg(0)) return byName(context);
      throw new UsageError('Deleting can not be undone: repeat the account after --yes.');
    },
    show: ({ account_id, ended_sessions }) => `${account_id} is deleted. ${sessionsText(ended_sessions)}`,
  }),
  ...(['role-give', 'role-take'] as const).map((verb) =>
    oneCall({
      name: `users ${verb}`,
      help:
        verb === 'role-give'
          ? `Give a role (${ROLE_NAMES.join(', ')}).`
          : 'Take a role away. The role user and the last administrator stay.',
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
  oneCall({
    name: 'users clear-throttle',
    help: 'Forget the wrong guesses at an account, so that its owner can sign in without waiting.',
    args: [NAME_OR_ID],
    actions: ['list_users'],
    action: 'clear_throttle',
    params: byName,
    show: ({ failures }) => `${failures} wrong ${failures === 1 ? 'guess' : 'guesses'} forgotten.`,
  }),
];
