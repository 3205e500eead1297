/** The words by which an account is found. A search finds the beginnings of them. */

/** Longer than this, a beginning tells accounts apart well enough; it keeps the index small. */
const TERM_LENGTH_MAX = 64;
/** An account with more words than this is found by the first ones. */
const TERMS_MAX = 24;

const fold = (text: string): string => text.normalize('NFKC').toLowerCase();

type Searchable = {
  readonly account_name: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
};

/** Returns all terms of an account: each whole field, and each word inside it. */
export function searchTerms(account: Searchable): readonly string[] {
  const fields = [account.account_name, account.email, account.first_name, account.last_name];
  const terms = new Set<string>();
  for (const field of fields) {
    if (field === null) continue;
    const folded = fold(field);
    for (const term of [folded, ...folded.split(/[^\p{L}\p{M}\p{N}]+/u)]) {
      if (term !== '') terms.add(term.slice(0, TERM_LENGTH_MAX));
    }
  }
  return [...terms].slice(0, TERMS_MAX);
}

/** Returns the words of a search: all of them must be found. At most four count. */
export function searchWords(search: string): readonly string[] {
  const words = fold(search).split(/\s+/u);
  return words
    .filter((word) => word !== '')
    .map((word) => word.slice(0, TERM_LENGTH_MAX))
    .slice(0, 4);
}
