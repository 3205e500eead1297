import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';
import { withOwnPassword } from '../replies.js';

export const confirm_password: Handler<'confirm_password'> = (context, { password }) =>
  withOwnPassword(context, password, async (_verified, place) => {
    const { write, principal, who, at } = context;
    const { account_id } = principal;
    const confirmed = await write('record_password_confirmed', { who, account_id, place });
    return isFailure(confirmed) ? confirmed : { confirmed_at: at };
  });
