import { fail, isFailure } from '../../../protocol/index.js';
import { withNewEmail } from '../../domain/index.js';
import type { Handler } from '../handler.js';
import { announceAccount } from '../replies.js';

export const update_profile: Handler<'update_profile'> = async (context, { changes: given, version }) => {
  const { store, principal, who } = context;
  const changes = withNewEmail(given, 'changes.email');
  if (isFailure(changes)) return changes;
  const account = announceAccount(
    context,
    await store.run('update_profile', {
      who,
      account_id: principal.account_id,
      changes,
      version: version ?? null,
      administrative: false,
    }),
  );
  if (!isFailure(account)) return { account };
  // The own account can only be missing when it was deleted a moment ago.
  return account.failed === 'not_found' || account.failed === 'forbidden'
    ? fail('session_invalid')
    : fail(account.failed);
};
