/**
 * What an announcement may say, and how a row of one is read. It stands apart from what writes them, so that the thread that
 * writes doesn't load a library for checking what it never reads.
 */
import * as z from 'zod';
import {
  CLIENT_KEY_END_REASONS,
  SESSION_END_REASONS,
  type ClientKeyEndReason,
  type SessionEndReason,
} from '../../protocol/index.js';

const announcement = z.discriminatedUnion('kind', [
  /** These sessions of an account have ended. */
  z.object({
    kind: z.literal('sessions_ended'),
    account_id: z.string(),
    session_ids: z.array(z.string()).readonly(),
    reason: z.enum(Object.keys(SESSION_END_REASONS) as [SessionEndReason, ...SessionEndReason[]]),
  }),
  /** A session goes on with other dates. */
  z.object({ kind: z.literal('session_changed'), session_id: z.string() }),
  /** What an account says of itself is something else: nothing by which it is let in. */
  z.object({ kind: z.literal('profile_changed'), account_id: z.string() }),
  /** An account's status or roles are others now, or it is gone. */
  z.object({ kind: z.literal('account_changed'), account_id: z.string() }),
  /** A role permits something else now: it concerns everyone who holds it. */
  z.object({ kind: z.literal('role_changed'), role: z.string() }),
  /** A client key has ended, with all its secrets. */
  z.object({
    kind: z.literal('client_key_ended'),
    key_id: z.string(),
    reason: z.enum(Object.keys(CLIENT_KEY_END_REASONS) as [ClientKeyEndReason, ...ClientKeyEndReason[]]),
  }),
  /** A client key goes on with other secrets or dates. */
  z.object({ kind: z.literal('client_key_changed'), key_id: z.string() }),
  /** The first administrator has registered. */
  z.object({ kind: z.literal('administrator_claimed') }),
  /** Nothing that is remembered can be relied on. */
  z.object({ kind: z.literal('everything') }),
]);

export type Announcement = Readonly<z.infer<typeof announcement>>;

/** Returns the announcement of a row. One that this release doesn't know counts as `everything`. */
export function decodeAnnouncement(text: string): Announcement {
  try {
    return announcement.parse(JSON.parse(text));
  } catch {
    return { kind: 'everything' };
  }
}
