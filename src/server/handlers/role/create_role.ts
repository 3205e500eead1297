import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const create_role: Handler<'create_role'> = async (
  { write, who },
  { role: name, description = null, permissions },
) => {
  const role = await write('create_role', { who, role: name, description, permissions });
  return isFailure(role) ? role : { role };
};
