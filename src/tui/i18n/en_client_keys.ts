/** English: client keys, what programs and machines prove before they are heard. */
import type { Message } from './message.js';

export const EN_CLIENT_KEYS = {
  client_keys_title: 'Client keys',
  client_keys_count: { one: '{count} key', other: '{count} keys' },
  client_keys_search: 'name or id',
  client_keys_empty: 'No client keys.',
  client_keys_no_match: 'No key matches. c clears the search.',
  col_state: 'STATUS',
  col_last_used: 'LAST USED',
  col_key_id: 'KEY ID',
  col_created: 'CREATED',
  client_key_state_local: 'key file',
  client_key_state_valid: 'valid',
  client_key_state_until: 'until {when}',
  client_key_state_rotating: 'being rotated',
  client_key_state_ended: 'ended {when}',
  client_key_state_revoked: 'revoked {when}',
  this_program: 'this program',
  field_key_id: 'Key id',
  field_state: 'Status',
  field_key_created: 'Created',
  field_key_ends: 'Ends',
  field_last_used: 'Last used',
  field_old_key_until: 'Old key until',
  field_old_key_used: 'Old key used',
  field_next_key_made: 'Next key made',
  field_next_key_used: 'Next key used',
  client_key_no_end: 'It is good until it is revoked.',
  client_key_local_note:
    'The key local is the file client_key.json on the server’s machine: it is changed there, not here.',
  client_key_ended_note: 'This key has ended: nothing connects with it any more, there is nothing to change.',
  client_key_revoked_note:
    'This key was revoked: nothing connects with it any more, there is nothing to change.',
  field_client_may: 'Programs may',
  client_permissions_heading: 'With nobody signed in a program may:',
  'client_permission_tokens.verify': 'check tokens',
  'client_permission_permissions.check': 'ask about permissions',
  act_edit_client_key: 'What programs may…',
  edit_client_key_title: 'What programs may: {name}',
  edit_client_key_note:
    'It counts from the next call. What people do who sign in with this key is not changed by it.',
  client_key_saved: 'The key {name} is changed.',
  act_rotate: 'Rotate…',
  act_revoke: 'Revoke…',

  create_client_key_title: 'New client key',
  create_client_key_submit: 'Make the key',
  create_client_key_note:
    'A program or machine proves this key before the server listens to it. You get it here, once.',
  field_key_days: 'Days until it ends',
  field_key_days_note: 'Left empty, it is good until it is revoked.',
  field_whole_number: 'A whole number from {min} to {max}.',
  rotate_client_key_title: 'Rotate: {name}',
  rotate_client_key_submit: 'Make the next key',
  rotate_client_key_note:
    'You get the next key here, once. The old one stays good for a while, so that every program can be given the new one.',
  rotate_client_key_again:
    'A rotation is under way: its older key (last use: {when}) ends at once, with its connections.',
  rotate_client_key_own: 'This program is connected with this key: give it the new one, too.',
  field_overlap_hours: 'Overlap, hours',
  field_overlap_none: 'It ends at once, and every connection made with it.',

  new_key_title: 'Client key of {name}',
  new_key_address: 'Its portcullis:// address:',
  new_key_alone: 'The key alone:',
  new_key_note: 'Keep it like a password. It is shown only here and only now.',
  new_key_loopback:
    '{host} is the server’s own machine: for another one, put the server’s name in its place.',
  old_key_until: 'The old key is good until {when}.',
  old_key_ended: 'The old key has ended.',

  confirm_revoke_key_title: 'Revoke the key {name}?',
  confirm_revoke_key:
    '{key_id}: its connections are closed at once, and nothing connects with it ever again. This cannot be undone.',
  confirm_revoke_key_own:
    'It is the key of this very program, which loses the server and will need another portcullis:// address.',
  confirm_type_key: 'Type the name of the key to confirm',
  client_key_is_revoked: 'The key {name} is revoked.',
} as const satisfies Record<string, Message>;
