/** Commands by which administrators look after client keys: what programs and machines prove in the handshake. */
import { CLIENT_PERMISSION_NAMES, type ClientPermission, type ResultOf } from '../../protocol/index.js';
import { cleanResult, connectionStringWith, systemNow } from '../reach/index.js';
import { oneCall, ownRun, type CommandResult, type CommandSpec } from './command.js';
import type { CommandContext } from './context.js';
import { UsageError, withMeant } from './errors.js';
import { orDash, table, titles, when } from './layout.js';
import type { Words } from './words/index.js';

type ClientKey = ResultOf<'list_client_keys'>['client_keys'][number];
type NewKey = ResultOf<'create_client_key'>;

const DAY_MS = 86_400_000;
const KEY_ID = { name: 'KEY_ID' } as const;
/** The key in a file of the server's own machine. */
const LOCAL = 'local';
/** In the place of permissions: a key without any. */
const NONE = 'none';

function stateOf(key: ClientKey, words: Words): string {
  if (key.key_id === LOCAL) return words('values', 'key_file');
  if (key.revoked_at !== null) return words('values', 'key_revoked');
  if (key.expires_at !== null && key.expires_at <= systemNow()) return words('values', 'key_ended');
  return words('values', key.next === null ? 'key_valid' : 'key_rotating');
}

const showKeys = (keys: readonly ClientKey[], { columns, words }: CommandContext): string =>
  table(
    titles(words, ['key_id', 'name', 'status', 'created', 'last_used', 'ends', 'may']),
    keys.map((key) => [
      key.key_id,
      // Its name would be that of another machine.
      key.key_id === LOCAL ? '-' : key.name,
      stateOf(key, words),
      when(key.created_at),
      when(key.last_used_at),
      when(key.expires_at),
      orDash(key.permissions?.join(' ') ?? ''),
    ]),
    columns,
  );

/** A new key as the connection string of the server that was asked, alone, so that a script can take it. */
function showNew(
  { client_key, connection_key }: NewKey,
  said: 'key_made' | 'key_rotated',
  context: CommandContext,
): Pick<CommandResult, 'text' | 'said'> {
  const { key_id, name } = client_key;
  const string = connectionStringWith(context.server().address, connection_key);
  return { text: string, said: [context.words('says', said, { key_id, name })] };
}

/** Until when the old key is good, after a rotation. */
function oldKeyText({ current }: ClientKey, words: Words): string {
  const until = current?.not_after ?? null;
  return until === null || until <= systemNow()
    ? words('says', 'old_key_ended')
    : words('says', 'old_key_until', { when: when(until) });
}

function keyIdOf(text: string): string {
  if (/^k_[0-9A-Za-z]{20}$/.test(text)) return text;
  throw new UsageError((words) => words('says', 'key_id_form'));
}

const MAY = { value: 'PERMISSIONS', text: 'clients may' } as const;
const MAY_TAKES = { permissions: CLIENT_PERMISSION_NAMES.join(','), none: NONE };

/** What a key shall permit with nobody signed in; null where that isn't told. */
function permissionsIn(context: CommandContext): ClientPermission[] | null {
  const text = context.text('may');
  if (text === null) return null;
  if (text === NONE) return [];
  return text.split(',').map((word) => {
    const known = CLIENT_PERMISSION_NAMES.find((name) => name === word.trim());
    if (known !== undefined) return known;
    throw new UsageError(
      withMeant((words) => words('says', 'may_missing', MAY_TAKES), word.trim(), CLIENT_PERMISSION_NAMES),
    );
  });
}

export const CLIENT_COMMANDS: readonly CommandSpec[] = [
  oneCall({
    name: 'clients list',
    action: 'list_client_keys',
    params: () => ({}),
    show: ({ client_keys }, context) => showKeys(client_keys, context),
  }),
  oneCall({
    name: 'clients create',
    args: [{ name: 'NAME' }],
    flags: { expires: { value: 'DAYS', text: 'clients create expires' }, may: MAY },
    action: 'create_client_key',
    params: (context) => {
      const days = context.count('expires');
      const name = context.arg(0);
      const permissions = permissionsIn(context);
      return {
        name,
        ...(days === null ? {} : { expires_at: systemNow() + days * DAY_MS }),
        ...(permissions === null ? {} : { permissions }),
      };
    },
    show: (made, context) => showNew(made, 'key_made', context),
  }),
  oneCall({
    name: 'clients update',
    args: [KEY_ID],
    flags: { may: MAY },
    action: 'update_client_key',
    params: (context) => {
      const key_id = keyIdOf(context.arg(0));
      const permissions = permissionsIn(context);
      if (permissions === null) throw new UsageError((words) => words('says', 'may_missing', MAY_TAKES));
      return { key_id, permissions };
    },
    show: ({ client_key: { key_id, name, permissions = [] } }, { words }) =>
      words('says', 'key_may', { key_id, name, permissions: orDash(permissions.join(', ')) }),
  }),
  ownRun({
    name: 'clients rotate',
    args: [KEY_ID],
    flags: { 'overlap-hours': { value: 'HOURS', text: 'clients rotate overlap-hours' } },
    actions: ['rotate_client_key'],
    run: async (context) => {
      const key_id = keyIdOf(context.arg(0));
      const overlap_hours = context.count('overlap-hours', 0);
      const made = await context.call('rotate_client_key', {
        key_id,
        ...(overlap_hours === null ? {} : { overlap_hours }),
      });
      const shown = cleanResult(made);
      const { text, said = [] } = showNew(shown, 'key_rotated', context);
      return { json: made, text, said: [oldKeyText(shown.client_key, context.words), ...said] };
    },
  }),
  oneCall({
    name: 'clients revoke',
    args: [KEY_ID],
    action: 'revoke_client_key',
    params: (context) => ({ key_id: keyIdOf(context.arg(0)) }),
    show: ({ client_key: { key_id, name } }, { words }) => words('says', 'key_revoked', { key_id, name }),
  }),
];
