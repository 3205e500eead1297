/** The tables of limits and errors as JSON, for programs that would otherwise copy them out of the document by hand. */
import {
  accessOf,
  ACTION_NAMES,
  ACTIONS,
  ERROR_CODES,
  ERRORS,
  LIMITS,
  type ActionSpec,
} from '../../src/protocol/index.js';
import { errorsInPrecedence, LIMIT_NAMES } from './protocol_md.js';
import { LIMIT_NOTES, unitOf } from './limit_notes.js';

/** Every limit by its name: value, unit (null for a plain number), when it holds, and what a peer sees beyond it. */
export function limitsFile(): object {
  const limits = LIMIT_NAMES.map((name) => {
    const { phase, what, why, then } = LIMIT_NOTES[name];
    const unit = unitOf(name);
    return [
      name,
      { value: LIMITS[name], unit: unit === '' ? null : unit, phase, what, why, beyond: then },
    ] as const;
  });
  return {
    about:
      'The limits of protocol.md, chapter 4. A server may accept more than these; it never accepts less.',
    limits: Object.fromEntries(limits),
  };
}

/** Every code in its order of precedence; then for each action what it can give, in the order in which it is looked for. */
export function errorsFile(): object {
  const codes = ERROR_CODES.map((code) => {
    const { response, error, closes, remedy } = ERRORS[code];
    return { code, response, error, closes, remedy };
  });
  const actions = ACTION_NAMES.map((name) => {
    const { access, identity, bucket, response }: ActionSpec = ACTIONS[name];
    const { client, permission, by_nobody } = accessOf(access);
    const facts = { session: !by_nobody, client_permission: client, permission, identity, bucket, response };
    return [name, { ...facts, errors: errorsInPrecedence(name) }] as const;
  });
  return {
    about:
      'The codes of protocol.md, chapter 12, the first of them wins; and what each action can give. Later versions add codes: ' +
      'judge one that is not here by its `response`.',
    codes,
    actions: Object.fromEntries(actions),
  };
}
