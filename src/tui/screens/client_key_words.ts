/** How client keys are put into words: their state, their dates, and why some can't be changed. Pure. */
import { ago, dateOnly, type MessageKey, type Words } from '../i18n/index.js';
import { LOCAL_KEY_ID, type ClientKeyRecord } from '../../protocol/index.js';
import type { Cell } from '../components/index.js';

type ClientKeyState = 'local' | 'valid' | 'until' | 'rotating' | 'ended' | 'revoked';

const STATE_LOOK = {
  local: { role: 'ok', sign: '●' },
  valid: { role: 'ok', sign: '●' },
  until: { role: 'ok', sign: '●' },
  rotating: { role: 'warn', sign: '◐' },
  ended: { role: 'error', sign: '✗' },
  revoked: { role: 'error', sign: '✗' },
} as const satisfies Record<ClientKeyState, { role: 'ok' | 'warn' | 'error'; sign: string }>;

function stateAt({ key_id, revoked_at, expires_at, next }: ClientKeyRecord, now: number): ClientKeyState {
  if (key_id === LOCAL_KEY_ID) return 'local';
  if (revoked_at !== null) return 'revoked';
  if (expires_at !== null && expires_at <= now) return 'ended';
  if (next !== null) return 'rotating';
  return expires_at === null ? 'valid' : 'until';
}

/** Returns why nothing can be done with a key here; null for one that can be rotated and revoked. */
export function fixedBecause(key: ClientKeyRecord, now: number): MessageKey | null {
  const state = stateAt(key, now);
  return state === 'local' || state === 'ended' || state === 'revoked' ? `client_key_${state}_note` : null;
}

/** Sign, word and colour: never colour alone. */
export function stateCell({ t, language, now }: Words, key: ClientKeyRecord): Exclude<Cell, string> {
  const state = stateAt(key, now);
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

export const createdText = ({ t, language }: Words, { created_at }: ClientKeyRecord): string =>
  created_at === null ? t('none') : dateOnly(language, created_at);
