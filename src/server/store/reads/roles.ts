/** Roles of one's own, and who holds what by which of them. */
import type { RoleRecord } from '../../../protocol/index.js';
import type { Reader } from '../tx.js';
import { ROLE_COLUMNS, ROLE_TABLES, toRoles, type RoleRow } from '../records/roles.js';

export class RoleReads {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Returns all roles of one's own by name, of one moment. */
  async all(): Promise<RoleRecord[]> {
    return toRoles(
      await this.#reader.all<RoleRow>(
        `SELECT ${ROLE_COLUMNS} FROM ${ROLE_TABLES} ORDER BY o.role, p.permission`,
      ),
    );
  }
}
