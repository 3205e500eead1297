/** Reading on PostgreSQL, outside of transactions: each statement sees what was committed when it began. */
import type { Pool } from 'pg';
import { StorageUnavailableError } from '../engine.js';
import type { Reader, SqlRow, SqlValue } from '../tx.js';
import { isUnavailable } from './faults.js';
import { statement } from './statements.js';

/** Returns the interface of reads over connections. What can't be read now is StorageUnavailableError. */
export function postgresReader(pool: Pool): Reader {
  const all = async <R extends object>(sql: string, values: readonly SqlValue[]): Promise<R[]> => {
    try {
      return (await pool.query<R & SqlRow>(statement(sql, values))).rows;
    } catch (error) {
      if (isUnavailable(error)) throw new StorageUnavailableError(String(error));
      throw error;
    }
  };
  return {
    get: async <R extends object = SqlRow>(sql: string, ...values: readonly SqlValue[]) =>
      (await all<R>(sql, values))[0],
    all: <R extends object = SqlRow>(sql: string, ...values: readonly SqlValue[]) => all<R>(sql, values),
  };
}
