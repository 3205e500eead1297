import { fail, isFailure } from '../../../protocol/index.js';
import { withNewEmail } from '../../domain/index.js';
import type { Handler } from '../handler.js';

export const update_profile: Handler<'update_profile'> = async (context, { changes: given, version }) => {
  const { store, throttle, write, principal, who } = context;
  const changes = withNewEmail(given, 'changes.email');
  if (isFailure(changes)) return changes;
  if (changes.email !== undefined && changes.email !== null) {
    const present = await store.read.accounts.byId(principal.account_id);
    if (changes.email !== present?.email) {
      // Whether somebody has the address is told either way, so nothing comes back.
      const draw = await throttle.draw('email', principal.account_id);
      if (isFailure(draw)) return draw;
      draw.end();
    }
  }
  const account = await write('update_profile', {
    who,
    account_id: principal.account_id,
    changes,
    version: version ?? null,
    administrative: false,
  });
  if (!isFailure(account)) return { account };
  // The own account can only be missing when it was deleted a moment ago.
  return account.failed === 'not_found' || account.failed === 'forbidden'
    ? fail('session_invalid')
    : fail(account.failed);
};
