/** How client keys are put into words: their state, their dates, and why some can't be changed. Pure. */
import { ago, dateOnly, type MessageKey, type Words } from '../i18n/index.js';
import { LOCAL_KEY_ID, type ClientKeyRecord } from '../../protocol/index.js';
import type { Cell } from '../components/index.js';
import { LISTS, clientKeyState, type ClientKeyState } from '../state/index.js';

const STATE_LOOK = {
  local: { role: 'ok', sign: '●' },
  valid: { role: 'ok', sign: '●' },
  until: { role: 'ok', sign: '●' },
  rotating: { role: 'warn', sign: '◐' },
  ended: { role: 'error', sign: '✗' },
  revoked: { role: 'error', sign: '✗' },
} as const satisfies Record<ClientKeyState, { role: 'ok' | 'warn' | 'error'; sign: string }>;

/** Returns why nothing can be done with a key here; null for one that can be rotated and revoked. */
export function fixedBecause(key: ClientKeyRecord, now: number): MessageKey | null {
  const state = clientKeyState(key, now);
  return state === 'local' || state === 'ended' || state === 'revoked' ? `client_key_${state}_note` : null;
}

/** Sign, word and colour: never colour alone. */
export function stateCell({ t, language, now }: Words, key: ClientKeyRecord): Exclude<Cell, string> {
  const state = clientKeyState(key, now);
  const at = key.revoked_at ?? key.expires_at;
  const when = at === null ? '' : dateOnly(language, at);
  const { role, sign } = STATE_LOOK[state];
  return { role, text: `${sign} ${t(`client_key_state_${state}`, { when })}` };
}

/** `own`: the key with which this program is connected. */
export function lastUsedCell({ t, language, now }: Words, key: ClientKeyRecord, own: string | null): Cell {
  if (key.key_id === own) return { role: 'ok', text: t('this_program') };
  // Nobody notes when the file was used.
  return key.key_id === LOCAL_KEY_ID ? t('none') : ago(t, language, key.last_used_at, now);
}

/** What of a key one wants elsewhere; what proves it was shown once. */
export const keyCopies = (key: ClientKeyRecord): readonly { label: MessageKey; text: string | null }[] => [
  { label: 'field_key_id', text: key.key_id },
  { label: 'field_name', text: LISTS.client_keys.name(key) },
];

export const createdText = ({ t, language }: Words, { created_at }: ClientKeyRecord): string =>
  created_at === null ? t('none') : dateOnly(language, created_at);
