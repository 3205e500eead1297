/** Who may act on whom: rules about permissions as sets. */
import { CLIENT_PERMISSIONS, holdsAll, type ClientPermission, type Held } from '../../protocol/index.js';

/** Nobody acts on an account that holds a permission which they lack: a moderator can't suspend an administrator. */
export function mayActOn(actor: Held, target: Held): boolean {
  return holdsAll(actor, target);
}

/** A role can be given only by someone who holds all that it permits, and may give roles at all. */
export function mayGrant(actor: Held, permits: Held): boolean {
  return actor.has('roles.assign') && holdsAll(actor, permits);
}

/** A role can be made, changed or deleted only by someone who holds all that it permits, before and after. */
export function mayMake(actor: Held, ...permits: readonly Iterable<string>[]): boolean {
  return actor.has('roles.manage') && permits.every((permissions) => holdsAll(actor, permissions));
}

/** What programs may do is put into a client key only by someone who may do it, or see it, themselves. */
export function mayPutIntoKey(actor: Held, permissions: readonly ClientPermission[]): boolean {
  return permissions.every((permission) => {
    const { needs } = CLIENT_PERMISSIONS[permission];
    return needs === null || actor.has(needs);
  });
}
