/**
 * What operations tell everybody who remembers something: the session cache, live connections, lists of keys in use, the
 * setup code. An announcement names rows and holds none of their content, so it may be late, early or repeated: whoever
 * hears it looks at the database again.
 *
 * There is one road for them. The process whose operation it was hears its own at the outcome; others find them as rows,
 * written in the transaction of the change.
 */
import type { Announcement } from './announcement_schema.js';

export type { Announcement };
export type AnnouncementOf<K extends Announcement['kind']> = Extract<Announcement, { readonly kind: K }>;

/** How long a row is kept for others to find it, milliseconds: a few thousand times as long as they need. */
export const ANNOUNCEMENTS_KEPT_MS = 3_600_000;

export const encodeAnnouncement = (one: Announcement): string => JSON.stringify(one);

/**
 * The request that an operation serves. Whoever asked gets the reply first: what concerns their own connection is put off
 * until it is out.
 */
export type Asker = {
  /** Stands for the connection. */
  readonly peer: object;
  /** Keeps an announcement that concerns that connection for after the reply. */
  putOff(announcement: Announcement): void;
};

/** Hears what was announced; `asker` is null when it was another process, or nobody's request. */
export type Listener = (announcement: Announcement, asker: Asker | null) => void;
