/**
 * Calls of every operation, so chosen that they meet: at the same account, session, token, name, address or code, at the last
 * administrator, at the last place that is free. An operation without a call doesn't compile.
 */
import {
  accountSubject,
  deviceSubject,
  ownPlace,
  sessionSubject,
  type GuessPlace,
} from '../../src/server/domain/index.js';
import type { OperationArgs, OperationName } from '../../src/server/store/operations/index.js';
import type { Actor, Who } from '../../src/server/store/operations/who.js';
import type { Permission } from '../../src/protocol/index.js';
import { DAY, digest, ELSEWHERE, HERE, LONG_AGO, NOW, type WorldName } from './operation_worlds.js';

/** Which of two: what it makes is called by it, and the second comes a second later. */
export type Turn = 'first' | 'second';

type Call<O extends OperationName> = {
  /** What it is called in the name of a pair. */
  readonly does: string;
  /** Where it takes place; among settled people unless told. */
  readonly world?: WorldName;
  /** Returns its arguments, new ones each time: what is remembered of an actor belongs to one transaction. */
  readonly args: (turn: Turn) => OperationArgs<O>;
};

const at = (turn: Turn): number => NOW + (turn === 'first' ? 1_000 : 2_000);

const by =
  (actor: Actor, address = HERE) =>
  (turn: Turn): Who => ({ at: at(turn), actor: { ...actor }, address });

const person = (account_id: string, permission: Permission | null = null, session_id = `${account_id}1`) =>
  by({ kind: 'session', account_id, session_id, secret_id: 1, permission });
const program = by({ kind: 'program', key_id: 'key', secret_id: 1 });
const host = by({ kind: 'host' });

const DEVICE = { client_name: 'another client' };

const newAccount = (turn: Turn, account_name: string, email: string | null) => ({
  account_id: `${account_name} of the ${turn}`,
  account_name,
  first_name: 'New',
  email,
});

const newSession = (turn: Turn, known_device_id: string | null = null) => ({
  session_id: `session of the ${turn}`,
  token_hash: digest(`token of the ${turn}`),
  refresh_hash: digest(`refresh token of the ${turn}`),
  sessions_max: 2,
  key_id: 'key',
  on: {
    known_device_id,
    device_id: `device of the ${turn}`,
    token_hash: digest(`device token of the ${turn}`),
  },
  idle_expires_at: at(turn) + DAY,
  expires_at: at(turn) + 10 * DAY,
});

const stranger = (account_id: string, address = HERE): GuessPlace => ({
  subject: accountSubject(account_id),
  address,
  network: address,
  half: 'open',
});
const ON_DEVICE = ownPlace(deviceSubject('known'));
const IN_SESSION = ownPlace(sessionSubject('ann1'));

const registers =
  (account_name: string, email: string | null, setup_code: string | null = null) =>
  (turn: Turn): OperationArgs<'register_account'> => ({
    who: program(turn),
    account: newAccount(turn, account_name, email),
    password_hash: `hash of the ${turn}`,
    setup_code_hash: setup_code === null ? null : digest(setup_code),
    session: newSession(turn),
    device: DEVICE,
  });

const creates =
  (who: (turn: Turn) => Who, account_name: string, email: string | null, roles: readonly string[]) =>
  (turn: Turn): OperationArgs<'create_account'> => ({
    who: who(turn),
    account: newAccount(turn, account_name, email),
    roles,
    code_hash: digest(`code of the ${turn}`),
    code_expires_at: at(turn) + DAY,
  });

const signsIn =
  (
    account_id: string,
    place: GuessPlace,
    { known_device_id = null as string | null, better = false } = {},
  ): ((turn: Turn) => OperationArgs<'begin_session'>) =>
  (turn) => ({
    who: program(turn),
    account_id,
    verified_hash: `hash of ${account_id}`,
    better_hash: better ? `better hash of ${account_id}` : null,
    session: newSession(turn, known_device_id),
    device: DEVICE,
    place,
  });

const refuses =
  (
    account_id: string | null,
    place: GuessPlace | null,
  ): ((turn: Turn) => OperationArgs<'record_sign_in_refused'>) =>
  (turn) => ({
    who: program(turn),
    account_id,
    method: 'password',
    failure: 'wrong_password',
    device: DEVICE,
    place,
    audited: true,
  });

const touches =
  (session_id: string, address: string, does: Partial<OperationArgs<'touch_session'>> = {}) =>
  (turn: Turn): OperationArgs<'touch_session'> => ({
    who: {
      ...person('ann', null, session_id)(turn),
      address: address.replace('TURN', turn === 'first' ? '1' : '2'),
    },
    account_id: 'ann',
    session_id,
    idle_expires_at: at(turn) + DAY,
    device: null,
    by: 'resume',
    ...does,
  });

const revokes =
  (by_session: string, session_id: string, reason: 'revoked' | 'signed_out') =>
  (turn: Turn): OperationArgs<'revoke_session'> => ({
    who: person('ann', null, by_session)(turn),
    account_id: 'ann',
    session_id,
    reason,
  });

const changes =
  (by_session: string) =>
  (turn: Turn): OperationArgs<'change_password'> => ({
    who: person('ann', null, by_session)(turn),
    account_id: 'ann',
    verified_hash: 'hash of ann',
    new_hash: `new hash of the ${turn}`,
    keep_session_id: by_session,
    place: IN_SESSION,
  });

const redeems =
  (account_id: string, code: string) =>
  (turn: Turn): OperationArgs<'redeem_code'> => ({
    who: program(turn),
    account_id,
    code_hash: digest(code),
    password_hash: `redeemed by the ${turn}`,
    session: newSession(turn),
    device: DEVICE,
  });

const rotates =
  (token: string, does: Partial<OperationArgs<'rotate_refresh_token'>> = {}) =>
  (turn: Turn): OperationArgs<'rotate_refresh_token'> => ({
    who: program(turn),
    token_hash: digest(token),
    key_id: 'key',
    salt: digest(`salt of the ${turn}`),
    successor_hash: digest(`successor of the ${turn}`),
    idle_expires_at: at(turn) + DAY,
    device: null,
    by_session: null,
    ...does,
  });

const onAccount =
  (who: (turn: Turn) => Who, account_id: string) =>
  (turn: Turn): { readonly who: Who; readonly account_id: string } => ({ who: who(turn), account_id });

const withRole =
  (who: (turn: Turn) => Who, account_id: string, role: string) =>
  (turn: Turn): OperationArgs<'assign_role'> => ({ who: who(turn), account_id, role });

const makesRole =
  (who: (turn: Turn) => Who, role: string, permissions: readonly string[]) =>
  (turn: Turn): OperationArgs<'create_role'> => ({ who: who(turn), role, description: null, permissions });

const changesRole =
  (who: (turn: Turn) => Who, role: string, permissions: readonly string[], version: number | null = null) =>
  (turn: Turn): OperationArgs<'update_role'> => ({
    who: who(turn),
    role,
    description: `said by the ${turn}`,
    permissions,
    version,
  });

const deletesRole =
  (who: (turn: Turn) => Who, role: string) =>
  (turn: Turn): OperationArgs<'delete_role'> => ({ who: who(turn), role });

const suspends =
  (who: (turn: Turn) => Who, account_id: string) =>
  (turn: Turn): OperationArgs<'suspend_account'> => ({ who: who(turn), account_id, reason: null });

const recovers =
  (who: (turn: Turn) => Who, account_id: string) =>
  (turn: Turn): OperationArgs<'create_recovery_code'> => ({
    who: who(turn),
    account_id,
    code_hash: digest(`code of the ${turn}`),
    code_expires_at: at(turn) + DAY,
  });

const updates =
  (
    who: (turn: Turn) => Who,
    account_id: string,
    does: Pick<OperationArgs<'update_profile'>, 'changes' | 'version' | 'administrative'>,
  ) =>
  (turn: Turn): OperationArgs<'update_profile'> => ({ who: who(turn), account_id, ...does });

const makesKey =
  (who: (turn: Turn) => Who) =>
  (turn: Turn): OperationArgs<'create_client_key'> => ({
    who: who(turn),
    key_id: `key of the ${turn}`,
    name: 'new',
    key: digest(`key of the ${turn}`),
    expires_at: null,
    permissions: ['tokens.verify'],
  });

const rotatesKey =
  (who: (turn: Turn) => Who) =>
  (turn: Turn): OperationArgs<'rotate_client_key'> => ({
    who: who(turn),
    key_id: 'key',
    key: digest(`key of the ${turn}`),
    overlap_hours: 1,
  });

const changesKey =
  (who: (turn: Turn) => Who, permissions: OperationArgs<'update_client_key'>['permissions']) =>
  (turn: Turn): OperationArgs<'update_client_key'> => ({ who: who(turn), key_id: 'key', permissions });

const revokesKey =
  (who: (turn: Turn) => Who) =>
  (turn: Turn): OperationArgs<'revoke_client_key'> => ({ who: who(turn), key_id: 'key' });

const touchesSecret = (turn: Turn): OperationArgs<'touch_client_key'> => ({ secret_id: 1, at: at(turn) });

const replacesCode = (turn: Turn): OperationArgs<'replace_setup_code'> => ({
  at: at(turn),
  code_hash: digest(`setup code of the ${turn}`),
  expires_at: at(turn) + DAY,
});

const prunes = (turn: Turn): OperationArgs<'prune'> => ({
  at: at(turn),
  ended_before: LONG_AGO + DAY,
  sign_ins_before: LONG_AGO + DAY,
  counters_before: LONG_AGO + DAY,
  rotated_before: LONG_AGO + DAY,
  announced_before: LONG_AGO + DAY,
});

const NEW_PLACE = '198.18.TURN.1';
const KNOWN_PLACE = '192.0.2.3';
const EMAIL = 'new@example.org';

const keepsKeys =
  (...purposes: readonly string[]) =>
  (turn: Turn): OperationArgs<'keep_ring_keys'> => ({
    keys: purposes.map((purpose) => ({
      key_id: `${purpose} of the ${turn}`,
      purpose,
      account_id: null,
      state: 'current',
      created_at: at(turn),
      master_id: 'before',
      sealed: digest(`${purpose} of the ${turn}`),
    })),
  });

/** `keys`: those that it has found sealed under the master key before. */
const reseals =
  (...keys: readonly string[]) =>
  (turn: Turn): OperationArgs<'reseal_ring_keys'> => ({
    who: host(turn),
    master_id: `master of the ${turn}`,
    keys: keys.map((key_id) => ({ key_id, was: 'before', sealed: digest(`${key_id} of the ${turn}`) })),
  });

export const CALLS: { readonly [O in OperationName]: readonly [Call<O>, ...Call<O>[]] } = {
  register_account: [
    { does: 'carol with a new address', args: registers('carol', EMAIL) },
    { does: 'a name that looks like hers', args: registers('car0l', null) },
    { does: 'somebody else with the address', args: registers('dave', EMAIL) },
    { does: 'carol', world: 'unclaimed', args: registers('carol', null) },
    { does: 'carol with the setup code', world: 'unclaimed', args: registers('carol', EMAIL, 'setup code') },
    { does: 'dave with the setup code', world: 'unclaimed', args: registers('dave', EMAIL, 'setup code') },
  ],
  create_account: [
    { does: 'carol', args: creates(person('root', 'users.create'), 'carol', EMAIL, []) },
    { does: 'one who is idle', args: creates(person('root', 'users.create'), 'carol', null, ['idle']) },
    { does: 'an administrator', args: creates(person('boss', 'users.create'), 'dave', null, ['admin']) },
    { does: 'the first administrator', world: 'unclaimed', args: creates(host, 'carol', EMAIL, ['admin']) },
  ],
  update_profile: [
    {
      does: "ann's address",
      args: updates(person('ann'), 'ann', {
        changes: { email: EMAIL },
        version: null,
        administrative: false,
      }),
    },
    {
      does: "ann's name, if nobody did",
      args: updates(person('root', 'users.update'), 'ann', {
        changes: { first_name: 'Anna' },
        version: 1,
        administrative: true,
      }),
    },
    {
      does: "pen's address",
      args: updates(person('boss', 'users.update'), 'pen', {
        changes: { email: EMAIL, bio: 'pending' },
        version: null,
        administrative: true,
      }),
    },
  ],
  suspend_account: [
    { does: 'ann', args: suspends(person('mod', 'users.suspend'), 'ann') },
    { does: 'ann by helen', args: suspends(person('helen', 'users.suspend'), 'ann') },
    { does: 'helen', args: suspends(person('root', 'users.suspend'), 'helen') },
    { does: 'boss by root', args: suspends(person('root', 'users.suspend'), 'boss') },
    { does: 'root by boss', args: suspends(person('boss', 'users.suspend'), 'root') },
    { does: 'root by the host', args: suspends(host, 'root') },
  ],
  resume_account: [{ does: 'sus', args: onAccount(person('root', 'users.suspend'), 'sus') }],
  delete_account: [
    { does: 'ann', args: onAccount(person('root', 'users.delete'), 'ann') },
    { does: 'root by boss', args: onAccount(person('boss', 'users.delete'), 'root') },
    { does: 'pen', args: onAccount(person('boss', 'users.delete'), 'pen') },
    { does: 'sus', args: onAccount(host, 'sus') },
    { does: 'ann', world: 'unclaimed', args: onAccount(host, 'ann') },
  ],
  create_client_key: [
    { does: 'by root', args: makesKey(person('root', 'clients.manage')) },
    { does: 'the last', world: 'many_keys', args: makesKey(host) },
  ],
  update_client_key: [
    {
      does: 'all by root',
      args: changesKey(person('root', 'clients.manage'), ['permissions.check', 'tokens.verify']),
    },
    { does: 'one by helen', args: changesKey(person('helen', 'clients.manage'), ['permissions.check']) },
    { does: 'none by the host', args: changesKey(host, []) },
  ],
  rotate_client_key: [
    { does: 'by root', args: rotatesKey(person('root', 'clients.manage')) },
    { does: 'by boss', args: rotatesKey(person('boss', 'clients.manage')) },
    { does: 'one of many', world: 'many_keys', args: rotatesKey(host) },
  ],
  revoke_client_key: [
    { does: 'by root', args: revokesKey(person('root', 'clients.manage')) },
    { does: 'by helen', args: revokesKey(person('helen', 'clients.manage')) },
    { does: 'one of many', world: 'many_keys', args: revokesKey(host) },
  ],
  touch_client_key: [{ does: 'the current secret', args: touchesSecret }],
  record_password_confirmed: [
    {
      does: 'ann',
      args: (turn) => ({ who: person('ann')(turn), account_id: 'ann', place: IN_SESSION }),
    },
  ],
  change_password: [
    { does: 'in one session', args: changes('ann1') },
    { does: 'in the other', args: changes('ann2') },
  ],
  redeem_code: [
    { does: "pen's", args: redeems('pen', 'pen code') },
    { does: "ann's", args: redeems('ann', 'ann code') },
    { does: "pen's", world: 'unclaimed', args: redeems('pen', 'pen code') },
  ],
  create_recovery_code: [
    { does: 'ann', args: recovers(person('root', 'users.update'), 'ann') },
    { does: 'pen', args: recovers(host, 'pen') },
  ],
  keep_ring_keys: [
    { does: 'two, of which one is there', args: keepsKeys('page_cursors', 'access_tokens') },
    { does: 'the first', world: 'unclaimed', args: keepsKeys('page_cursors') },
  ],
  reseal_ring_keys: [
    { does: 'all', args: reseals('server key', "ann's key") },
    { does: 'some', args: reseals("ann's key") },
  ],
  discard_ring_keys: [{ does: 'all', args: (turn) => ({ who: host(turn) }) }],
  prune: [
    { does: 'all', args: prunes },
    { does: 'all', world: 'unclaimed', args: prunes },
  ],
  rotate_refresh_token: [
    { does: 'the live one', args: rotates('ann1 live') },
    {
      does: 'the live one from elsewhere',
      args: (turn) =>
        rotates('ann1 live', { device: DEVICE, who: { ...program(turn), address: ELSEWHERE } })(turn),
    },
    { does: 'one exchanged long ago', args: rotates('ann1 old') },
    { does: 'one exchanged just now', args: rotates('ann2 just now') },
    { does: 'one with another key', args: rotates('ann2 live', { key_id: 'key_over' }) },
    {
      does: 'its own',
      args: (turn) =>
        rotates('ann2 live', { who: person('ann', null, 'ann2')(turn), by_session: 'ann2' })(turn),
    },
  ],
  assign_role: [
    { does: 'moderator to ann', args: withRole(person('root', 'roles.assign'), 'ann', 'moderator') },
    { does: 'admin to mod', args: withRole(person('boss', 'roles.assign'), 'mod', 'admin') },
    { does: 'admin to ann', world: 'unclaimed', args: withRole(host, 'ann', 'admin') },
    { does: 'idle to ann', args: withRole(person('root', 'roles.assign'), 'ann', 'idle') },
    { does: 'idle to ann by helen', args: withRole(person('helen', 'roles.assign'), 'ann', 'idle') },
  ],
  unassign_role: [
    { does: 'boss by root', args: withRole(person('root', 'roles.assign'), 'boss', 'admin') },
    { does: 'root by boss', args: withRole(person('boss', 'roles.assign'), 'root', 'admin') },
    { does: 'root by root', args: withRole(person('root', 'roles.assign'), 'root', 'admin') },
    // Has no account in common with what the host does to root.
    { does: 'boss by the host', args: withRole(host, 'boss', 'admin') },
    { does: 'helper of helen', args: withRole(person('root', 'roles.assign'), 'helen', 'helper') },
    { does: 'moderator of mod', args: withRole(person('boss', 'roles.assign'), 'mod', 'moderator') },
  ],
  create_role: [
    { does: 'writer by root', args: makesRole(person('root', 'roles.manage'), 'writer', ['wiki:write']) },
    { does: 'writer by helen', args: makesRole(person('helen', 'roles.manage'), 'writer', ['users.read']) },
    {
      does: 'one that helen must not',
      args: makesRole(person('helen', 'roles.manage'), 'more', ['users.create']),
    },
  ],
  update_role: [
    {
      does: 'helper by root, who takes nearly all',
      args: changesRole(person('root', 'roles.manage'), 'helper', ['read']),
    },
    {
      does: 'helper by boss, if nobody did',
      args: changesRole(person('boss', 'roles.manage'), 'helper', ['users.read', 'users.suspend'], 1),
    },
    { does: 'idle by helen', args: changesRole(person('helen', 'roles.manage'), 'idle', ['users.suspend']) },
    {
      does: 'helper by helen herself',
      args: changesRole(person('helen', 'roles.manage'), 'helper', ['roles.manage']),
    },
  ],
  delete_role: [
    { does: 'idle by root', args: deletesRole(person('root', 'roles.manage'), 'idle') },
    { does: 'idle by helen', args: deletesRole(person('helen', 'roles.manage'), 'idle') },
    { does: 'helper by boss', args: deletesRole(person('boss', 'roles.manage'), 'helper') },
  ],
  begin_session: [
    { does: 'ann on her device', args: signsIn('ann', ON_DEVICE, { known_device_id: 'known' }) },
    {
      does: 'ann on a forgotten device',
      args: signsIn('ann', stranger('ann', ELSEWHERE), { known_device_id: 'forgotten' }),
    },
    { does: 'ann on a new device', args: signsIn('ann', stranger('ann'), { better: true }) },
    { does: 'sus', args: signsIn('sus', stranger('sus')) },
  ],
  record_sign_in_refused: [
    { does: 'a stranger at ann', args: refuses('ann', stranger('ann')) },
    { does: 'a stranger at ann again', args: refuses('ann', stranger('ann', ELSEWHERE)) },
    { does: 'on a device of ann', args: refuses('ann', ON_DEVICE) },
    { does: 'a name that nobody has', args: refuses(null, { ...stranger('ann'), subject: 'name:nobody' }) },
  ],
  touch_session: [
    { does: 'from a new place', args: touches('ann1', NEW_PLACE) },
    { does: 'from a known place', args: touches('ann1', KNOWN_PLACE, { device: DEVICE }) },
    { does: 'the other from where it was', args: touches('ann2', HERE) },
  ],
  revoke_session: [
    { does: 'the other', args: revokes('ann1', 'ann2', 'revoked') },
    { does: 'the one by the other', args: revokes('ann2', 'ann1', 'revoked') },
    { does: 'its own', args: revokes('ann1', 'ann1', 'signed_out') },
  ],
  end_all_sessions: [
    {
      does: 'but its own',
      args: (turn) => ({ who: person('ann')(turn), account_id: 'ann', keep_session_id: 'ann1' }),
    },
    { does: 'all', args: (turn) => ({ who: host(turn), account_id: 'ann', keep_session_id: null }) },
  ],
  replace_setup_code: [
    { does: 'where there is an administrator', args: replacesCode },
    { does: 'where there is none', world: 'unclaimed', args: replacesCode },
  ],
  clear_throttle: [{ does: 'ann', args: onAccount(person('root', 'users.update'), 'ann') }],
  record_repeated_refusals: [
    {
      does: 'of a program',
      args: (turn) => ({
        who: program(turn),
        event: 'sign_in_refused',
        target_id: 'ann',
        details: {},
        count: 3,
      }),
    },
  ],
};

/** A call by itself: what it is, where, and with what. */
export type NamedCall = {
  readonly name: string;
  readonly operation: OperationName;
  readonly world: WorldName;
  readonly args: (turn: Turn) => unknown;
};

/** Returns every call of every operation. */
export function allCalls(): NamedCall[] {
  const names = Object.keys(CALLS) as OperationName[];
  return names.flatMap((operation) =>
    CALLS[operation].map(({ does, world = 'settled', args }: Call<OperationName>): NamedCall => ({
      name: `${operation}: ${does}${world === 'settled' ? '' : ` (${world})`}`,
      operation,
      world,
      args,
    })),
  );
}
