/** The question whether the next sign-in is kept on this machine, the same on every screen that signs in. */
import { useReducer } from 'react';
import { useServices, useWords } from '../services/index.js';
import type { CheckboxSpec } from '../components/index.js';

/** None where nothing can be kept. The answer lives in the effects: it is one for all screens, and another for each server. */
export function useKeepField(): readonly CheckboxSpec[] {
  const { effects } = useServices();
  const { t } = useWords();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const checked = effects.keepsSignedIn();
  if (checked === null) return [];
  const toggle = (): void => {
    effects.keepSignedIn(!checked);
    redraw();
  };
  return [{ name: 'keep_signed_in', label: t('keep_signed_in'), kind: 'checkbox', checked, toggle }];
}
