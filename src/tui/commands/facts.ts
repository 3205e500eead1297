/** Lists and limits of the contract that help texts name, so that none is written down twice. */
import {
  ACCOUNT_STATUSES,
  INSECURE_PLAIN,
  LIMITS,
  profileFields,
  ROLE_NAMES,
  type UserSort,
} from '../../protocol/index.js';

// Its own keys, which Object.keys widens to string.
export const PROFILE_NAMES = Object.keys(profileFields) as readonly (keyof typeof profileFields)[];
export const SORTS = ['account_name', 'created_at', 'last_seen_at'] as const satisfies readonly UserSort[];

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
