/**
 * When each limit applies and why it is there, in the words of the document. Values come from the contract; a limit
 * without an entry here is a compile error.
 */
import type { LIMITS } from '../../src/protocol/index.js';

export type Phase = 'before sign-in' | 'after sign-in' | 'always' | 'fields';
export type LimitNote = {
  readonly phase: Phase;
  readonly what: string;
  readonly why: string;
  /** What a peer sees that runs into it. */
  readonly then: string;
};

const note = (phase: Phase, what: string, why: string, then: string): LimitNote => ({
  phase,
  what,
  why,
  then,
});
const PARAMS = '`invalid_params`';

export const LIMIT_NOTES: Readonly<Record<keyof typeof LIMITS, LimitNote>> = {
  frame_bytes_max_before_sign_in: note(
    'before sign-in',
    'largest body that a client may send',
    'a sign-in or registration fits in a quarter of it; strangers get no more memory',
    '`frame_too_large`, closed',
  ),
  frame_bytes_max: note(
    'after sign-in',
    'largest body that a client may send',
    'nothing that a client has to say comes near it',
    '`frame_too_large`, closed',
  ),
  frame_bytes_max_of_services: note(
    'always',
    'largest body of a client whose client key has a permission (not `local`)',
    'a thousand questions at once',
    '`frame_too_large`, closed',
  ),
  reply_bytes_max: note(
    'always',
    'largest body that the server sends',
    'a page of the largest size fits; a client may refuse more',
    'does not happen',
  ),
  json_depth_max: note(
    'always',
    'nesting of objects and arrays',
    'deep values break programs',
    '`invalid_json`, reason `too_deep`',
  ),
  json_keys_max: note(
    'always',
    'keys of one object',
    'keeps the check for equal keys cheap',
    '`invalid_json`, reason `too_many_keys`',
  ),
  json_containers_max: note(
    'always',
    'objects and arrays of one body, together',
    'thirty thousand empty lists take as long as a hundred requests',
    '`invalid_json`, reason `too_many_values`',
  ),
  first_frame_ms: note(
    'before sign-in',
    'from connect (on TLS: from the end of the TLS handshake) to the first complete frame of the client',
    'a silent peer costs no more than a socket',
    '`deadline_exceeded`, closed',
  ),
  handshake_ms: note(
    'before sign-in',
    'from the challenge to the complete proof',
    'one challenge a connection, one try',
    '`deadline_exceeded`, closed',
  ),
  frame_complete_ms: note(
    'always',
    'from the first byte of a frame to its last',
    'ends a peer that drips bytes',
    '`deadline_exceeded`, closed',
  ),
  before_sign_in_ms: note(
    'before sign-in',
    'from the end of the handshake to a successful sign-in; each `probe` starts it anew',
    'a person may type slowly, but the client must show that it is there',
    '`deadline_exceeded`, closed',
  ),
  keep_alive_ms: note(
    'after sign-in',
    'silence of the client before the server sends the event `probe`',
    'finds dead connections',
    'event `probe`',
  ),
  keep_alive_missed_max: note(
    'after sign-in',
    'events `probe` in a row that may stay unanswered',
    'one lost answer is no reason to hang up',
    'closed',
  ),
  outbound_bytes_max: note(
    'always',
    'bytes that may wait in the server for a client that reads slowly',
    'memory',
    'closed without a word',
  ),
  drain_ms: note(
    'always',
    'time in which a client reads nothing at all while bytes wait for it',
    'memory',
    'closed without a word',
  ),
  in_flight_max: note(
    'always',
    'requests of one connection that are in work at once',
    'memory and fairness',
    'the server stops reading until one is answered',
  ),
  bad_frames_max: note(
    'always',
    'frames of one connection that are answered with `invalid_json` or `invalid_envelope`',
    'a client that sends these is broken',
    '`too_many_bad_frames`, closed',
  ),
  connections_per_address_before_sign_in_max: note(
    'before sign-in',
    'connections from one address (IPv4: one address, IPv6: one /64 network, 127.0.0.0/8 and ::1 together) that have not signed in; ten times as many from the /48 around an IPv6 address',
    'one peer can not take all places',
    '`too_many_connections` in place of the challenge, closed',
  ),
  connections_per_session_max: note(
    'after sign-in',
    'connections that are signed in with one session; a server may set another number',
    'every window of one device, or the workers of one service',
    '`too_many_connections` in reply to the sign-in, closed',
  ),
  connections_per_account_max: note(
    'after sign-in',
    'connections that are signed in to one account; a server may set another number',
    'nobody takes the places of the others',
    'the newest of the session with the most is told `too_many_connections` and closed; whoever comes on a session with as many gets it in reply to the sign-in',
  ),
  connections_per_address_max: note(
    'after sign-in',
    'connections of one address that are signed in; a server may set another number',
    'nobody takes the places of the others',
    'the same, for the account with the most',
  ),
  places_for_strangers_percent: note(
    'always',
    'of all places, those only for connections on which nobody is signed in',
    'whoever comes is a stranger at first',
    'the newest of the account with the most connections is told `too_many_connections` and closed; whoever comes on an account with as many gets it in reply to the sign-in',
  ),
  places_for_moderation_percent: note(
    'always',
    'of all places, those only for accounts that may suspend others',
    'whoever can end a crowd has to come in while it is there',
    'the same',
  ),
  shutdown_ms: note(
    'always',
    'how long a stopping server waits for requests in work',
    'a stop has to end',
    'closed',
  ),
  account_name_length_min: note(
    'fields',
    'account name, shortest',
    'readable names',
    '`invalid_params` or `account_name_invalid`',
  ),
  account_name_length_max: note(
    'fields',
    'account name, longest',
    'fits a column on a screen',
    '`invalid_params` or `account_name_invalid`',
  ),
  password_length_min: note(
    'fields',
    'new password, shortest; a server may ask for more, see `server_info`',
    'guessing',
    '`password_rejected`',
  ),
  password_length_max: note(
    'fields',
    'password, longest',
    'nothing is ever cut off',
    '`invalid_params` or `password_rejected`',
  ),
  email_length_max: note('fields', 'e-mail address', 'the longest that mail can carry', PARAMS),
  name_length_max: note('fields', 'first name, last name', 'fits a form', PARAMS),
  phone_length_max: note('fields', 'phone number', 'fits a form', PARAMS),
  bio_length_max: note('fields', 'text about the person', 'a few paragraphs', PARAMS),
  url_length_max: note('fields', 'picture address', 'what browsers and servers take', PARAMS),
  locale_length_max: note('fields', 'language tag', 'tags in use are far shorter', PARAMS),
  device_text_length_max: note('fields', 'each text of `device`', 'fits a column on a screen', PARAMS),
  search_length_max: note('fields', 'search text', 'the longest text that a list shows', PARAMS),
  page_bytes_max: note(
    'fields',
    'a page of a list; a fuller one ends early',
    'a reply stays small and quick whatever people wrote',
    'fewer rows than `limit`, `next_cursor` is there',
  ),
  page_rows_max: note('fields', 'rows of a page, most', 'the reply stays small', PARAMS),
  page_rows_default: note('fields', 'rows of a page when `limit` is left out', 'a screen or two', '—'),
  page_cursor_length_max: note(
    'fields',
    'cursor of a page',
    'the longest place in an order, encoded',
    PARAMS,
  ),
  search_rows_max: note(
    'fields',
    'terms that a search looks at',
    'one or two letters match half of all accounts',
    '`total_is_exact` is false',
  ),
  search_passed_max: note(
    'fields',
    'accounts that a page passes over which leaves out what such a search finds',
    'nearly all may have to be left out; so many take about ten milliseconds, and everybody else waits for them',
    'the page is shorter, and `next_cursor` goes on',
  ),
  count_max: note(
    'fields',
    'where `total` stops counting',
    'no list costs more the more accounts there are',
    '`total_is_exact` is false',
  ),
  client_key_name_length_max: note('fields', 'name of a client key', 'fits a column on a screen', PARAMS),
  roles_max: note(
    'fields',
    'roles beside the built-in ones',
    'a list of them is one reply',
    '`limit_reached`',
  ),
  role_permissions_max: note('fields', 'permissions of one role', 'a list of roles is one reply', PARAMS),
  roles_of_account_max: note(
    'fields',
    'roles that one account holds, `user` among them',
    'what they permit is read with each session',
    '`limit_reached`',
  ),
  role_description_length_max: note(
    'fields',
    'code points of what a role is for',
    'a line of a list',
    PARAMS,
  ),
  permission_length_max: note('fields', 'characters of the name of a permission', 'a line of a list', PARAMS),
  questions_max: note('fields', 'questions of one `check_permission`', 'work of one request', PARAMS),
  client_keys_max: note(
    'always',
    'client keys that live at once; rows of their list',
    'the list is one reply',
    '`limit_reached`',
  ),
  client_key_overlap_hours_max: note(
    'fields',
    'how long two keys are valid under one id, most',
    'whoever has not changed a key in a month needs a new one',
    PARAMS,
  ),
  client_key_overlap_hours_default: note(
    'fields',
    'the same when `overlap_hours` is left out',
    'a week to reach every machine',
    '—',
  ),
  request_id_length_max: note('fields', 'request id', 'it is kept until the reply', '`invalid_envelope`'),
};

/** The unit of a limit, from the end of its name. */
export function unitOf(name: keyof typeof LIMITS): string {
  if (name.endsWith('_ms')) return 'ms';
  if (name.endsWith('_percent')) return '%';
  if (name.includes('bytes')) return 'bytes';
  if (name.includes('length')) return 'code points';
  return '';
}
