import { isFailure } from '../../../protocol/index.js';
import { withNewEmail } from '../../domain/index.js';
import type { Handler } from '../handler.js';

export const update_user: Handler<'update_user'> = async (context, params) => {
  const { write, who } = context;
  const { account_id, version } = params;
  const changes = withNewEmail(params.changes, 'changes.email');
  if (isFailure(changes)) return changes;
  const user = await write('update_profile', {
    who,
    account_id,
    changes,
    version: version ?? null,
    administrative: true,
  });
  return isFailure(user) ? user : { user };
};
