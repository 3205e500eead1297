/** Commands by which administrators look after client keys: what programs and machines prove in the handshake. */
import type { ResultOf } from '../../protocol/index.js';
import { cleanResult, connectionStringWith, systemNow } from '../reach/index.js';
import { oneCall, ownRun, type CommandResult, type CommandSpec } from './command.js';
import type { CommandContext } from './context.js';
import { UsageError } from './errors.js';
import { table, titles, when } from './layout.js';
import type { Words } from './words/index.js';

type ClientKey = ResultOf<'list_client_keys'>['client_keys'][number];
type NewKey = ResultOf<'create_client_key'>;

const DAY_MS = 86_400_000;
const KEY_ID = { name: 'KEY_ID' } as const;
/** The key in a file of the server's own machine. */
const LOCAL = 'local';

function stateOf(key: ClientKey, words: Words): string {
  if (key.key_id === LOCAL) return words('values', 'key_file');
  if (key.revoked_at !== null) return words('values', 'key_revoked');
  if (key.expires_at !== null && key.expires_at <= systemNow()) return words('values', 'key_ended');
  return words('values', key.next === null ? 'key_valid' : 'key_rotating');
}

const showKeys = (keys: readonly ClientKey[], { columns, words }: CommandContext): string =>
  table(
    titles(words, ['key_id', 'name', 'status', 'created', 'last_used', 'ends']),
    keys.map((key) => [
      key.key_id,
      // Its name would be that of another machine.
      key.key_id === LOCAL ? '-' : key.name,
      stateOf(key, words),
      when(key.created_at),
      when(key.last_used_at),
      when(key.expires_at),
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
    flags: { expires: { value: 'DAYS', text: 'clients create expires' } },
    action: 'create_client_key',
    params: (context) => {
      const days = context.count('expires');
      const name = context.arg(0);
      return days === null ? { name } : { name, expires_at: systemNow() + days * DAY_MS };
    },
    show: (made, context) => showNew(made, 'key_made', context),
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
