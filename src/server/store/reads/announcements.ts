/** What other processes have left for this one to hear. */
import { decodeAnnouncement, type Announcement } from '../announcement_schema.js';
import type { Reader } from '../tx.js';

/** Read at once; the rest follows at the next look. */
const ROWS_MAX = 1_000;

export class AnnouncementReads {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Returns the number of the newest row, 0 when there was never one. */
  async newest(): Promise<number> {
    const row = await this.#reader.get<{ newest: number | null }>(
      'SELECT max(announcement_id) AS newest FROM announcements',
    );
    return row?.newest ?? 0;
  }

  /** Returns the rows behind a number, oldest first, with their numbers. */
  async after(number: number): Promise<{ readonly number: number; readonly announcement: Announcement }[]> {
    const rows = await this.#reader.all<{ announcement_id: number; what: string }>(
      `SELECT announcement_id, what FROM announcements WHERE announcement_id > $1
       ORDER BY announcement_id LIMIT ${ROWS_MAX}`,
      number,
    );
    return rows.map(({ announcement_id, what }) => ({
      number: announcement_id,
      announcement: decodeAnnouncement(what),
    }));
  }
}
