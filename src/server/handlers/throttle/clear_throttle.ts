import type { Handler } from '../handler.js';

export const clear_throttle: Handler<'clear_throttle'> = ({ store, guesses, who }, { account_id }) =>
  store.run('clear_throttle', { who, account_id, subject: guesses.subjectOf(account_id, '') });
