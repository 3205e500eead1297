/** Names and addresses in a form that nobody could choose today, for the doctor's look at a database of either engine. */
import {
  canonicalAccountName,
  canonicalEmail,
  nameSkeleton,
  newAccountName,
  newEmail,
} from '../domain/index.js';

export type FormerForm = { readonly account_id: string; readonly what: 'account_name' | 'email' };

/** What is read of an account to tell. */
export type FormRow = {
  readonly account_id: string;
  readonly account_name: string;
  readonly name_skeleton: string | null;
  readonly email: string | null;
  readonly email_canonical: string | null;
};

/** Returns what is in a former form. Of names and addresses in ASCII there is one form only, so these needn't be among `rows`. */
export function formerForms(rows: Iterable<FormRow>): readonly FormerForm[] {
  const found: FormerForm[] = [];
  for (const { account_id, account_name, name_skeleton, email, email_canonical } of rows) {
    const sound =
      newAccountName(account_name) === account_name && canonicalAccountName(account_name) === account_name;
    if (!sound || name_skeleton !== nameSkeleton(account_name))
      found.push({ account_id, what: 'account_name' });
    if (email !== null && (newEmail(email, '') !== email || canonicalEmail(email) !== email_canonical))
      found.push({ account_id, what: 'email' });
  }
  return found;
}
