import type { Handler } from '../handler.js';

export const clear_throttle: Handler<'clear_throttle'> = ({ write, who }, { account_id }) =>
  write('clear_throttle', { who, account_id });
