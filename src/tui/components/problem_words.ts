/** A problem in words: a sentence, what to try, and a line for each field at fault. Pure. */
import {
  faultSentence,
  type Language,
  type MessageKey,
  type Problem,
  type ProblemCode,
  type ProblemDetail,
  problemText,
  reasonSentence,
  type Said,
  type Translate,
} from '../i18n/index.js';
import { clean } from '../text/index.js';

export type ProblemWords = {
  readonly sentence: string;
  readonly hint: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Fields that the problem is about, where it says nothing about them: the first that a form has gets the focus. */
  readonly about: readonly string[];
};

/** Words for the reasons that forms meet most; others have the sentence that commands say. */
const REASONS: Readonly<Record<string, MessageKey>> = {
  missing: 'field_required',
  too_short: 'field_too_short',
  too_long: 'field_too_long',
  malformed: 'field_invalid',
  not_allowed: 'field_invalid',
  invalid: 'field_invalid',
  wrong_type: 'field_invalid',
  common: 'reason_common',
  repeated: 'reason_repeated',
  sequence: 'reason_sequence',
  context: 'reason_context',
  reserved: 'reason_reserved',
  mixed_scripts: 'reason_mixed_scripts',
  character: 'reason_character',
  punctuation: 'reason_punctuation',
  no_letter: 'reason_no_letter',
};

/** What a code is about, by the names of fields. */
const ABOUT: Partial<Readonly<Record<ProblemCode, readonly string[]>>> = {
  account_name_taken: ['account_name'],
  account_name_invalid: ['account_name'],
  email_taken: ['email'],
  password_rejected: ['new_password', 'password'],
  current_password_wrong: ['current_password'],
  code_invalid: ['code'],
  setup_code_invalid: ['setup_code'],
  bad_address: ['address'],
  role_taken: ['role'],
};

const sentenceCase = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1);

function detailWords(t: Translate, language: Language, detail: ProblemDetail): string {
  const key = REASONS[detail.reason];
  return key === undefined ? sentenceCase(reasonSentence(language, detail.reason, detail.message)) : t(key);
}

export function problemWords(t: Translate, language: Language, problem: Problem): ProblemWords {
  const { fault } = problem;
  const [told, hint] =
    fault === undefined ? problemText(language, problem.code) : [clean(faultSentence(language, fault)), ''];
  const sentence =
    problem.code === 'role_in_use' && problem.accounts !== undefined
      ? t('role_in_use_by', { count: problem.accounts })
      : told;
  const fields: Record<string, string> = {};
  for (const detail of problem.details) {
    const name = detail.path.split('.').at(-1) ?? '';
    if (name !== '') fields[name] ??= detailWords(t, language, detail);
  }
  const wait_s = problem.retry_after_ms === null ? 0 : Math.ceil(problem.retry_after_ms / 1000);
  return {
    sentence,
    hint: wait_s > 0 ? t('wait_seconds', { count: wait_s }) : hint,
    fields,
    about: ABOUT[problem.code] ?? [],
  };
}

/** Returns what was said, in one line of the language in force. */
export function saidWords(t: Translate, language: Language, said: Said): string {
  if ('key' in said) return t(said.key, said.params);
  const { sentence, hint } = problemWords(t, language, said.problem);
  return hint === '' ? sentence : `${sentence} ${hint}`;
}
