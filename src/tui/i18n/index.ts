/** The one door of tui/i18n: typed dictionaries and what makes text of them; problems and dates in words. Pure. */
export {
  addressFault,
  channelFault,
  faultSentence,
  keepFault,
  reasonSentence,
  type Fault,
} from './faults.js';
export { ago, agoWords, dateOnly, dateTime } from './dates.js';
export {
  formatMessage,
  isLanguage,
  languageOfLocale,
  LANGUAGES,
  type Language,
  type Message,
  type Params,
  type Plural,
} from './message.js';
export { problem, type Attempt, type Problem, type ProblemDetail, type Said } from './problem.js';
export {
  CLIENT_ERROR_CODES,
  CONNECT_FAILURE_CODES,
  PROBLEM_CODES,
  type ClientProblemCode,
  type ConnectProblemCode,
  type ProblemCode,
} from './problem_codes.js';
export { permissionWord, roleWord } from './role_words.js';
export {
  DICTIONARIES,
  PROBLEMS,
  problemText,
  translatorOf,
  type MessageKey,
  type Translate,
  type Words,
} from './words.js';
