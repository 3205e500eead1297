/**
 * What roles permit, in memory. A change of any role makes another table: whatever was worked out with the one before says
 * by it that it is old, and nobody has to be looked up.
 */
import {
  holds,
  isBuiltInRole,
  permissionsOf,
  serverPermissions,
  type Held,
  type Permission,
  type RoleRecord,
} from '../../protocol/index.js';
import type { Announcement } from './announcements.js';
import { readUnchanged } from './read_unchanged.js';
import type { RoleReads } from './reads/roles.js';

/** There are a handful of sets of roles that people hold; whoever makes more of them than this works them out again. */
const HOLDINGS_MAX = 1_000;

/** Roles that somebody holds, with what they permit: one object for all who hold the same. */
export type Holding = {
  readonly table: RoleTable;
  readonly roles: readonly string[];
  readonly held: Held;
  /** Those of the server itself, sorted. */
  readonly permissions: readonly Permission[];
  /** Returns a role among them that permits something, a built-in one if there is one; null when none does. */
  by(permission: string): string | null;
};

/** The roles of one's own as they are for a while. */
export class RoleTable {
  /** By name. */
  readonly roles: readonly RoleRecord[];
  readonly #permits: ReadonlyMap<string, readonly string[]>;
  readonly #holdings = new Map<string, Holding>();

  constructor(roles: readonly RoleRecord[]) {
    this.roles = roles;
    this.#permits = new Map(roles.map(({ role, permissions }) => [role, permissions]));
  }

  /** Returns what these roles permit. */
  holdingOf(roles: readonly string[]): Holding {
    const key = roles.join(' ');
    const known = this.#holdings.get(key);
    if (known !== undefined) return known;
    const held = permissionsOf(roles, (role) => this.#permits.get(role) ?? []);
    const inOrder = [
      ...roles.filter(isBuiltInRole).reverse(),
      ...roles.filter((role) => !isBuiltInRole(role)),
    ];
    const permits = inOrder.map(
      (role) => [role, permissionsOf([role], (own) => this.#permits.get(own) ?? [])] as const,
    );
    const made: Holding = {
      table: this,
      roles,
      held,
      permissions: serverPermissions(held),
      by: (permission) => permits.find(([, some]) => holds(some, permission))?.[0] ?? null,
    };
    if (this.#holdings.size >= HOLDINGS_MAX) this.#holdings.clear();
    this.#holdings.set(key, made);
    return made;
  }
}

/** The table as it is now. */
export class Roles {
  readonly #reads: Pick<RoleReads, 'all'>;
  #now: RoleTable | null = null;
  #reading: Promise<RoleTable> | null = null;
  /** Changes heard so far. */
  #heard = 0;

  constructor(reads: Pick<RoleReads, 'all'>) {
    this.#reads = reads;
  }

  /** Returns the table where it is known; null when it has to be read. */
  get now(): RoleTable | null {
    return this.#now;
  }

  /** Returns the table. Throws StorageUnavailableError. */
  current(): RoleTable | Promise<RoleTable> {
    return this.#now ?? (this.#reading ??= this.#read().finally(() => (this.#reading = null)));
  }

  hear({ kind }: Announcement): void {
    if (kind !== 'role_changed' && kind !== 'everything') return;
    this.#heard += 1;
    this.#now = null;
  }

  #read(): Promise<RoleTable> {
    return readUnchanged(
      'what roles permit',
      () => this.#heard,
      () => this.#reads.all(),
      (roles) => (this.#now = new RoleTable(roles)),
    );
  }
}
