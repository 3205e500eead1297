import { isFailure } from '../../protocol/index.js';
import type { Handler } from './handler.js';
import { announceAccount } from './replies.js';

export const update_user: Handler<'update_user'> = async (context, { account_id, changes, version }) => {
  const { store, who } = context;
  const user = announceAccount(
    context,
    await store.run('update_profile', {
      who,
      account_id,
      changes,
      version: version ?? null,
      administrative: true,
    }),
  );
  return isFailure(user) ? user : { user };
};
