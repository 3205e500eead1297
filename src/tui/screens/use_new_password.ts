/** A new password typed twice, the same on every screen that asks for one. The repetition never leaves the screen. */
import { LIMITS } from '../../protocol/index.js';
import { useApp, useWords } from '../services/index.js';
import type { FieldSpec, FormResult, FormValues } from '../components/index.js';
import { passwordNote } from './password_notes.js';

type NewPassword = {
  readonly fields: readonly FieldSpec[];
  /** What the form says when the two differ; null when they are the same. */
  readonly differs: (values: FormValues) => FormResult;
};

/** `name`: how the field, and with it a fault that the server finds in it, is called. */
export function useNewPassword(name: 'password' | 'new_password'): NewPassword {
  const { t } = useWords();
  const length_min = useApp((state) => state.server_info)?.password_length_min ?? LIMITS.password_length_min;
  // Twice as much as is allowed, so that a paste which is too long is seen and can be repaired.
  const shared = { kind: 'password', required: true, length_max: 2 * LIMITS.password_length_max } as const;
  return {
    fields: [
      { name, label: t(`field_${name}`), ...shared, note: passwordNote(t, length_min) },
      { name: 'repeat', label: t('field_repeat'), ...shared },
    ],
    differs: (values) =>
      values[name] === values['repeat']
        ? null
        : { field_errors: { repeat: t('passwords_differ') }, clear: ['repeat'] },
  };
}
