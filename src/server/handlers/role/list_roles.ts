import { BUILT_IN_ROLE_RECORDS } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const list_roles: Handler<'list_roles'> = async ({ store }) => {
  const { roles } = await store.roles.current();
  return { roles: [...BUILT_IN_ROLE_RECORDS, ...roles] };
};
