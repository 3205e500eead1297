/** What is read of the key ring. */
import { RING_COLUMNS, ringKeysOfServer, type RingKey } from '../records/key_ring.js';
import type { Reader } from '../tx.js';

export class KeyRingReads {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Returns the server's own keys, sealed, those of a purpose together, oldest first. */
  async ofServer(): Promise<RingKey[]> {
    return ringKeysOfServer(this.#reader);
  }

  /** Returns the next keys, in the order of their ids, that are sealed under another master key than this one. */
  async sealedOtherwise(master_id: string, limit: number): Promise<RingKey[]> {
    return this.#reader.all<RingKey>(
      `SELECT ${RING_COLUMNS} FROM ring_keys WHERE master_id <> $1 ORDER BY key_id LIMIT ${limit}`,
      master_id,
    );
  }

  /** Returns how many keys are sealed under each master key, by its name. */
  async byMaster(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#reader.all<{ master_id: string; keys: number }>(
      'SELECT master_id, count(*) AS keys FROM ring_keys GROUP BY master_id ORDER BY master_id',
    );
    return new Map(rows.map(({ master_id, keys }) => [master_id, keys]));
  }
}
