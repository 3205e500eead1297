import { fail, isFailure } from '../../../protocol/index.js';
import { withNewEmail } from '../../domain/index.js';
import type { Handler } from '../handler.js';

export const update_profile: Handler<'update_profile'> = async (context, { changes: given, version }) => {
  const { write, principal, who } = context;
  const changes = withNewEmail(given, 'changes.email');
  if (isFailure(changes)) return changes;
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
