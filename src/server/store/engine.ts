/**
 * The small interface through which operations talk to a database. It is the same for every engine: `$1`, `$2` … stand
 * for the parameters in order, times are integers in Unix milliseconds, truth is 0 or 1.
 */

export type SqlValue = string | number | null | Uint8Array;
export type Row = Record<string, SqlValue>;

/** Reading, outside or inside a transaction. */
export type Reader = {
  get<R extends object = Row>(sql: string, ...values: readonly SqlValue[]): Promise<R | undefined>;
  all<R extends object = Row>(sql: string, ...values: readonly SqlValue[]): Promise<R[]>;
};

/** Reading and writing inside one transaction. */
export type Tx = Reader & {
  /** Runs a statement that returns no rows; gives the number of rows it changed. */
  run(sql: string, ...values: readonly SqlValue[]): Promise<number>;
};

/** Why a store can't be opened. Each code has one sentence that says what to do. */
export type OpenFault = 'newer' | 'changed_migration' | 'not_a_database' | 'unwritable' | 'in_use' | 'failed';

export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
  readonly fault: OpenFault;
  constructor(fault: OpenFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
