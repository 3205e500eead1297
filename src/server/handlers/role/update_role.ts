import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const update_role: Handler<'update_role'> = async (
  { write, who },
  { role: name, description, permissions, version = null },
) => {
  const role = await write('update_role', { who, role: name, description, permissions, version });
  return isFailure(role) ? role : { role };
};
