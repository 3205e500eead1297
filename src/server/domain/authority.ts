/** Who may act on whom: rules about permissions as sets. */
import { permissionsOf, type Permission, type Role } from '../../protocol/index.js';

function includesAll(holder: ReadonlySet<Permission>, asked: Iterable<Permission>): boolean {
  for (const permission of asked) if (!holder.has(permission)) return false;
  return true;
}

/** Nobody acts on an account that holds a permission which they lack: a moderator can't suspend an administrator. */
export function mayActOn(actor: ReadonlySet<Permission>, target: ReadonlySet<Permission>): boolean {
  return includesAll(actor, target);
}

/** A role can be given only by someone who holds all that it gives, and may give roles at all. */
export function mayGrant(actor: ReadonlySet<Permission>, role: Role): boolean {
  return actor.has('roles.assign') && includesAll(actor, permissionsOf([role]));
}
