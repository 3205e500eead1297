import type { Handler } from '../handler.js';

export const delete_role: Handler<'delete_role'> = ({ write, who }, { role }) =>
  write('delete_role', { who, role });
