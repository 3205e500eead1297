/** What stands in the files of what is kept, in the formats of this release and of those before it. */
import * as z from 'zod';

const serverSchema = z.object({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  tls: z.boolean(),
  pin: z.string().nullable(),
  key_id: z.string(),
  /** base64url of 32 bytes */
  key: z.string().length(43),
  added_at: z.int(),
  last_used_at: z.int(),
});
/** Of releases before several accounts could be kept: one for each server. */
const sessionSchema1 = z.object({
  session_token: z.string(),
  refresh_token: z.string().nullable(),
  account_name: z.string(),
  saved_at: z.int(),
});
export const sessionSchema = sessionSchema1.extend({
  /** Null where an older release kept it. */
  account_id: z.string().nullable(),
  /** Whoever was used last is who a start without a name is. */
  used_at: z.int(),
  /** The newest access token that the refresh token was exchanged for. */
  access: z.object({ token: z.string(), expires_at: z.int(), made_at: z.int() }).nullable(),
  /** When the refresh token was sent; null once its successor is kept. Until then nobody knows whether it is spent. */
  sent_at: z.int().nullable(),
});
export const serversFile = z.object({ version: z.literal(1), servers: z.record(z.string(), serverSchema) });
const deviceSchema = z.object({
  device_token: z.string(),
  /** What its owner types to sign in: the account's name, or its address. */
  names: z.array(z.string()),
  saved_at: z.int(),
});
/** By server, then by account. */
const devicesSchema = z.record(z.string(), z.record(z.string(), deviceSchema));
const sessionsFile1 = z.object({
  version: z.literal(1),
  sessions: z.record(z.string(), sessionSchema1),
  // Files of still earlier releases have none.
  devices: devicesSchema.optional(),
});
const sessionsFile = z.object({
  version: z.literal(2),
  /** By server. */
  sessions: z.record(z.string(), z.array(sessionSchema)),
  devices: devicesSchema,
});
/** What is read of it: also what older releases have written. */
export const sessionsFileOfAnyFormat = z.union([sessionsFile, sessionsFile1]);
export const SESSIONS_FORMAT = 2;
export const SERVERS_FORMAT = 1;
/** What whoever opens the file reads first: an older program, which calls it damaged, sends people there. */
export const NOTE =
  'Written by an auth-tui that keeps several accounts for a server. An older one calls this file damaged: use the newer one.';

export type SessionsFile = z.infer<typeof sessionsFile>;
export type Sessions = SessionsFile['sessions'];
export type ServerRow = z.infer<typeof serverSchema>;
export type Devices = z.infer<typeof devicesSchema>;
