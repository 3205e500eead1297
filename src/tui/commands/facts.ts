/** Lists and limits of the contract that help texts name, so that none is written down twice. */
import {
  ACCOUNT_STATUSES,
  INSECURE_PLAIN,
  LIMITS,
  profileFields,
  ROLE_NAMES,
  USER_SORTS,
} from '../../protocol/index.js';

// Its own keys, which Object.keys widens to string.
export const PROFILE_NAMES = Object.keys(profileFields) as readonly (keyof typeof profileFields)[];
export const SORTS = USER_SORTS;

/** What the places of help texts stand for. */
export const FACTS = {
  fields: PROFILE_NAMES.join(', '),
  roles: ROLE_NAMES.join(', '),
  statuses: ACCOUNT_STATUSES.join(', '),
  sorts: SORTS.join(', '),
  rows: LIMITS.page_rows_default,
  insecure_plain: INSECURE_PLAIN,
  overlap_hours: LIMITS.client_key_overlap_hours_default,
} as const;
