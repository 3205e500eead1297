import { isFailure } from '../../../protocol/index.js';
import { tokenHash } from '../../crypto/index.js';
import { newAccountName, withNewEmail } from '../../domain/index.js';
import type { Handler } from '../handler.js';

/** Three days: long enough for a weekend, short enough that a forgotten code is dead. */
const CODE_LIFE_MS = 3 * 86_400_000;

export const create_user: Handler<'create_user'> = async (
  { write, random, at, who },
  { user, roles = [] },
) => {
  const profile = withNewEmail(user, 'user.email');
  if (isFailure(profile)) return profile;
  const account_name = newAccountName(user.account_name);
  if (isFailure(account_name)) return account_name;
  const code = random.token('pcc');
  const code_expires_at = at + CODE_LIFE_MS;
  const created = await write('create_account', {
    who,
    account: { ...profile, account_id: random.id('a'), account_name },
    roles: roles.filter((role) => role !== 'user'),
    code_hash: tokenHash(code),
    code_expires_at,
  });
  return isFailure(created) ? created : { user: created, code, code_expires_at };
};
