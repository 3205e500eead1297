/** Operations that make, change and delete roles, and give and take them. */
import {
  fail,
  isBuiltInRole,
  isFailure,
  LIMITS,
  type Account,
  type Failure,
  type RoleRecord,
} from '../../../protocol/index.js';
import { mayGrant, mayMake } from '../../domain/index.js';
import type { Tx } from '../tx.js';
import { mustReadAccount } from '../records/accounts.js';
import { heldBy, roleByName, roleExists } from '../records/roles.js';
import { targetFor } from './account_rows.js';
import { isLastAdministrator } from './administrators.js';
import { audit, authorityOf, lockAccounts, type Who } from './who.js';
import { operation } from './operation.js';

/**
 * Locks what roles of one's own are about. Their number, and who may change them by which of them, are rules about all of
 * them; and what lets in whoever acts, their client key, must not end by an act that the change itself forbids.
 */
async function lockRoles(tx: Tx, who: Who, role: string): Promise<void> {
  await tx.lock('server', 'client_keys', 'roles');
  await tx.lock('role', role);
  await lockAccounts(tx, who.actor);
}

async function mustReadRole(tx: Tx, role: string): Promise<RoleRecord> {
  const record = await roleByName(tx, role);
  if (record === null) throw new Error('a role vanished inside its own transaction');
  return record;
}

async function insertPermissions(tx: Tx, role: string, permissions: readonly string[]): Promise<void> {
  for (const permission of permissions)
    await tx.write('INSERT INTO role_permissions (role, permission) VALUES ($1, $2)', role, permission);
}

/** Makes a role. `forbidden`: it permits something that whoever makes it does not hold. */
export const create_role = operation(
  { locks: ['server', 'role', 'account'], announces: ['role_changed'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly role: string;
      readonly description: string | null;
      readonly permissions: readonly string[];
    },
  ): Promise<RoleRecord | Failure<'forbidden' | 'role_taken' | 'limit_reached'>> => {
    const { who, role, description } = args;
    const permissions = [...new Set(args.permissions)].sort();
    await lockRoles(tx, who, role);
    if (!mayMake(await authorityOf(who.actor), permissions)) return fail('forbidden');
    if (isBuiltInRole(role) || (await roleByName(tx, role)) !== null) return fail('role_taken');
    const there = await tx.get<{ count: number }>('SELECT count(*) AS count FROM roles');
    if ((there?.count ?? 0) >= LIMITS.roles_max) return fail('limit_reached');
    await tx.write(
      'INSERT INTO roles (role, description, created_at, updated_at) VALUES ($1, $2, $3, $3)',
      role,
      description,
      who.at,
    );
    await insertPermissions(tx, role, permissions);
    await audit(tx, who, 'role_created', null, { role, permissions });
    await tx.announce({ kind: 'role_changed', role });
    return mustReadRole(tx, role);
  },
);

/** Changes a role; what is undefined stays. `forbidden`: it permits, or would, what whoever changes it does not hold. */
export const update_role = operation(
  { locks: ['server', 'role', 'account'], announces: ['role_changed'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly role: string;
      readonly description: string | null | undefined;
      readonly permissions: readonly string[] | undefined;
      /** The version that was edited; null: whichever it is. */
      readonly version: number | null;
    },
  ): Promise<RoleRecord | Failure<'forbidden' | 'not_found' | 'role_built_in' | 'stale_version'>> => {
    const { who, role, version } = args;
    await lockRoles(tx, who, role);
    if (isBuiltInRole(role)) return fail('role_built_in');
    const before = await roleByName(tx, role);
    if (before === null) return fail('not_found');
    const permissions = [...new Set(args.permissions ?? before.permissions)].sort();
    if (!mayMake(await authorityOf(who.actor), before.permissions, permissions)) return fail('forbidden');
    if (version !== null && version !== before.version) return fail('stale_version');
    const taken = before.permissions.filter((permission) => !permissions.includes(permission));
    const given = permissions.filter((permission) => !before.permissions.includes(permission));
    await tx.write(
      'UPDATE roles SET description = $2, updated_at = $3, version = version + 1 WHERE role = $1',
      role,
      args.description === undefined ? before.description : args.description,
      who.at,
    );
    for (const permission of taken)
      await tx.write('DELETE FROM role_permissions WHERE role = $1 AND permission = $2', role, permission);
    await insertPermissions(tx, role, given);
    await audit(tx, who, 'role_updated', null, { role, given, taken });
    await tx.announce({ kind: 'role_changed', role });
    return mustReadRole(tx, role);
  },
);

/** Deletes a role that nobody holds. */
export const delete_role = operation(
  { locks: ['server', 'role', 'account'], announces: ['role_changed'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly role: string },
  ): Promise<
    { readonly role: string } | Failure<'forbidden' | 'not_found' | 'role_built_in' | 'role_in_use'>
  > => {
    const { who, role } = args;
    await lockRoles(tx, who, role);
    if (isBuiltInRole(role)) return fail('role_built_in');
    const before = await roleByName(tx, role);
    if (before === null) return fail('not_found');
    if (!mayMake(await authorityOf(who.actor), before.permissions)) return fail('forbidden');
    const held = await tx.get<{ accounts: number }>(
      "SELECT count(*) AS accounts FROM account_roles WHERE role = $1 AND role <> 'user'",
      role,
    );
    const accounts = held?.accounts ?? 0;
    if (accounts > 0) return fail('role_in_use', { data: { accounts } });
    await tx.write('DELETE FROM roles WHERE role = $1', role);
    await audit(tx, who, 'role_deleted', null, { role, permissions: before.permissions });
    await tx.announce({ kind: 'role_changed', role });
    return { role };
  },
);

/** Gives a role. `not_found`: no such account, or no such role. `wrong_status`: the account has it already. */
export const assign_role = operation(
  { locks: ['role', 'account'], announces: ['account_changed'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly account_id: string; readonly role: string },
  ): Promise<Account | Failure<'not_found' | 'forbidden' | 'wrong_status' | 'limit_reached'>> => {
    const { who, role } = args;
    await tx.lock('role', role);
    await lockAccounts(tx, who.actor, args.account_id);
    const target = await targetFor(tx, who, args.account_id);
    if (isFailure(target)) return target;
    if (!(await roleExists(tx, role))) return fail('not_found');
    if (!mayGrant(await authorityOf(who.actor), await heldBy(tx, [role]))) return fail('forbidden');
    if (target.roles.includes(role)) return fail('wrong_status');
    if (target.roles.length >= LIMITS.roles_of_account_max) return fail('limit_reached');
    await tx.write('INSERT INTO account_roles (account_id, role) VALUES ($1, $2)', target.account_id, role);
    return roleChanged(tx, who, target.account_id, 'role_assigned', role);
  },
);

/** Takes a role away. `wrong_status`: the account doesn't have it, or it is `user`. */
export const unassign_role = operation(
  { locks: ['role', 'account'], announces: ['account_changed'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly account_id: string; readonly role: string },
  ): Promise<Account | Failure<'not_found' | 'forbidden' | 'wrong_status' | 'last_administrator'>> => {
    await tx.lock('role', args.role);
    await lockAccounts(tx, args.who.actor, args.account_id);
    const target = await targetFor(tx, args.who, args.account_id);
    if (isFailure(target)) return target;
    if (args.role === 'user' || !target.roles.includes(args.role)) return fail('wrong_status');
    if (args.role === 'admin' && (await isLastAdministrator(tx, target.account_id)))
      return fail('last_administrator');
    await tx.write(
      'DELETE FROM account_roles WHERE account_id = $1 AND role = $2',
      target.account_id,
      args.role,
    );
    return roleChanged(tx, args.who, target.account_id, 'role_unassigned', args.role);
  },
);

async function roleChanged(
  tx: Tx,
  who: Who,
  accountId: string,
  event: 'role_assigned' | 'role_unassigned',
  role: string,
): Promise<Account> {
  await tx.write(
    'UPDATE accounts SET updated_at = $2, version = version + 1 WHERE account_id = $1',
    accountId,
    who.at,
  );
  await audit(tx, who, event, accountId, { role });
  await tx.announce({ kind: 'account_changed', account_id: accountId });
  return mustReadAccount(tx, accountId);
}
