/** Lists and limits of the contract that help texts name, so that none is written down twice. */
import {
  ACCOUNT_STATUSES,
  INSECURE_PLAIN,
  LIMITS,
  profileFields,
  BUILT_IN_ROLE_NAMES,
  CLIENT_PERMISSION_NAMES,
  COMMON_PERMISSION_NAMES,
  PERMISSION_NAMES,
  USER_SORTS,
} from '../../protocol/index.js';

// Its own keys, which Object.keys widens to string.
export const PROFILE_NAMES = Object.keys(profileFields) as readonly (keyof typeof profileFields)[];
export const SORTS = USER_SORTS;

/** What the places of help texts stand for. */
export const FACTS = {
  fields: PROFILE_NAMES.join(', '),
  roles: BUILT_IN_ROLE_NAMES.join(', '),
  permissions: PERMISSION_NAMES.join(', '),
  client_permissions: CLIENT_PERMISSION_NAMES.join(','),
  common: COMMON_PERMISSION_NAMES.join(', '),
  statuses: ACCOUNT_STATUSES.join(', '),
  sorts: SORTS.join(', '),
  rows: LIMITS.page_rows_default,
  insecure_plain: INSECURE_PLAIN,
  overlap_hours: LIMITS.client_key_overlap_hours_default,
} as const;
