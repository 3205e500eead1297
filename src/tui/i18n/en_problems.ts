/** English: what went wrong, and what to try. One entry for every code of the closed lists. */
import type { ProblemCode } from './problem_codes.js';

/** The sentence, and a hint that says what to do (empty where the sentence says it all). */
export type ProblemText = readonly [sentence: string, hint: string];

/** All codes of the lists; a text for a code that only a newer contract has does no harm. */
export type ProblemTexts = Readonly<Record<ProblemCode, ProblemText>> & Readonly<Record<string, ProblemText>>;

export const EN_PROBLEMS = {
  too_many_connections: ['The server has too many connections.', 'Close other windows, or wait a moment.'],
  shutting_down: ['The server is stopping.', 'This program keeps trying by itself.'],
  frame_empty: ['The server refused an empty message.', 'This is a fault of the program: please report it.'],
  frame_too_large: ['That is more text than the server accepts.', 'Shorten the longest field.'],
  deadline_exceeded: [
    'The server waited too long for this program.',
    'It connects again by itself; try once more.',
  ],
  invalid_json: [
    'The server did not understand a message.',
    'Client and server may be of different versions.',
  ],
  invalid_envelope: [
    'The server did not understand a message.',
    'Client and server may be of different versions.',
  ],
  too_many_bad_frames: [
    'The server gave up on this connection.',
    'Client and server may be of different versions.',
  ],
  handshake_required: [
    'The server wants the handshake first.',
    'Client and server may be of different versions.',
  ],
  hmac_error: [
    'HMAC error: the server does not know this client key.',
    'Use the key from client_key.json of the server’s data folder (--data), or its portcullis:// address.',
  ],
  unknown_action: [
    'This server does not know that request.',
    'Client and server may be of different versions.',
  ],
  unauthenticated: ['You are not signed in.', 'Sign in again.'],
  session_invalid: ['This session has ended.', 'Sign in again.'],
  forbidden: ['You may not do that.', 'Ask an administrator for a role that allows it.'],
  invalid_params: ['Something in the form is not right.', 'See the marked fields.'],
  already_authenticated: ['You are signed in already.', 'Sign out first to use another account.'],
  throttled: ['Too many tries.', 'Wait a little before the next one.'],
  busy: ['The server is busy.', 'Try again in a moment.'],
  invalid_credentials: ['Wrong login or password.', 'Check both; Ctrl+R shows the password.'],
  account_suspended: ['This account is suspended.', 'Ask an administrator to resume it.'],
  registration_closed: ['Registration is closed on this server.', 'Ask an administrator for an account.'],
  setup_code_invalid: [
    'The setup code is not valid.',
    'It lives 30 minutes: take the newest from the server’s console.',
  ],
  code_invalid: ['This code is not valid.', 'Ask an administrator for a new one.'],
  current_password_wrong: ['The current password is wrong.', 'Type the one you sign in with now.'],
  account_name_invalid: [
    'This login cannot be used.',
    'Letters and digits of one alphabet, with . _ - inside.',
  ],
  account_name_taken: ['This login is taken.', 'Choose another; look-alikes count as the same.'],
  email_taken: ['This e-mail address belongs to another account.', 'Use another address.'],
  password_rejected: ['This password cannot be used.', 'Choose a longer one that is hard to guess.'],
  limit_reached: ['There are as many of these as the server allows.', 'Remove one that is no longer needed.'],
  not_found: ['It is not there any more.', 'r reads the list again.'],
  stale_version: [
    'Someone else changed this account meanwhile.',
    'Go back, look at it again, and repeat your change.',
  ],
  client_key_wrong: [
    'The kept sign-in belongs to another client key.',
    'Connect with the key that you signed in with, or sign in anew.',
  ],
  wrong_status: ['The account is not in a state that allows this.', 'r reads the list again.'],
  role_taken: ['There is a role of this name.', 'Choose another name.'],
  role_built_in: ['Built-in roles stay as they are.', 'Make a role of your own instead.'],
  role_in_use: ['There are accounts that hold this role.', 'Take it from them first.'],
  last_administrator: ['The last administrator has to stay.', 'Make someone else administrator first.'],
  storage_unavailable: [
    'The server cannot use its database now.',
    'Nothing was done. Try again in a moment.',
  ],
  outcome_unknown: [
    'The server lost its database in the middle.',
    'Look whether it was done, then try again.',
  ],
  internal: ['Something went wrong in the server.', 'Try again; its log tells more.'],
  not_connected: [
    'There is no connection to the server.',
    'Your text is kept; this program keeps trying by itself.',
  ],
  connection_lost: [
    'The connection broke before the answer came.',
    'Look whether it was done, then try again.',
  ],
  request_timeout: ['The server did not answer in time.', 'Look whether it was done, then try again.'],
  aborted: ['Stopped.', ''],
  invalid_reply: [
    'The server sent an answer that makes no sense.',
    'Client and server may be of different versions.',
  ],
  unreachable: ['The server cannot be reached.', 'Start it with: npx auth-server. Or check host and port.'],
  server_not_genuine: [
    'The server could not prove that it is the right one.',
    'Check the address; do not type a password until this is solved.',
  ],
  plain_refused: [
    'This is another machine, and plain TCP would show your password to everyone on the way. Nothing was sent.',
    'Use the server’s portcullis:// address: it holds a pin, and with it there is TLS.',
  ],
  not_portcullis: ['What answers at this address is no Portcullis server.', 'Check host and port.'],
  timed_out: ['The server does not answer.', 'Check host, port and network.'],
  lost: ['The connection to the server was lost.', 'This program keeps trying by itself.'],
  refused: ['The server refused the connection.', 'Wait a moment, then try again.'],
  closed_by_us: ['Not connected.', ''],
  no_key: [
    'No client key was found for this server.',
    'On the server’s machine give its data folder: --data. Elsewhere use its portcullis:// address.',
  ],
  bad_address: ['This is not a server address.', 'It looks like portcullis://key@host:7777 or host:port.'],
  wrong_password_again: ['The two passwords differ.', 'Type the same password twice.'],
  pin_changed: [
    'The pin of this server has changed, or its TLS is gone! Someone may be in between. Nothing was sent.',
    'Ask whoever runs it. If that is right: auth-tui servers forget NAME',
  ],
  unknown_server: ['No known server has this name.', 'See: auth-tui servers list'],
  keep_unusable: [
    'Known servers and stored sessions cannot be used.',
    'Their folder and files have to be yours alone: 0700 and 0600.',
  ],
} as const satisfies ProblemTexts;
