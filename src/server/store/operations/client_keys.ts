/** Operations on client keys. The key itself is drawn by the caller and shown by it, once. */
import {
  CLIENT_KEY_BYTES,
  fail,
  LIMITS,
  type ClientKeyRecord,
  type ClientPermission,
  type Failure,
} from '../../../protocol/index.js';
import { mayPutIntoKey } from '../../domain/index.js';
import { clientKeyById, KEY_LIVES, secretsOf, slotsAt } from '../records/client_keys.js';
import type { Tx } from '../tx.js';
import { audit, authorityOf, lockAccounts, type Who } from './who.js';
import { operation, ownOperation } from './operation.js';

const HOUR_MS = 3_600_000;
/** Keys that have ended stay in the list for questions about last month, then make room. */
const ENDED_KEPT_MS = 90 * 24 * HOUR_MS;
const TOUCH_EVERY_MS = 60_000;
/** What stands in the place of a key that was revoked. */
const NO_KEY = new Uint8Array(CLIENT_KEY_BYTES);

/**
 * Returns whether the actor may manage client keys. Their number is a rule about all of them, and they are few: the lock is
 * on the server.
 */
async function mayManage(tx: Tx, who: Who): Promise<boolean> {
  await tx.lock('server', 'client_keys');
  await lockAccounts(tx, who.actor);
  return (await authorityOf(who.actor)).has('clients.manage');
}

async function mustRead(tx: Tx, keyId: string, at: number): Promise<ClientKeyRecord> {
  const record = await clientKeyById(tx, keyId, at);
  if (record === null) throw new Error('a client key vanished inside its own transaction');
  return record;
}

/** Adds a secret of a key. */
async function insertSecret(
  tx: Tx,
  secret: { key_id: string; slot: 'current' | 'next'; key: Uint8Array; at: number },
): Promise<void> {
  await tx.write(
    `INSERT INTO client_key_secrets (key_id, slot, key, created_at, not_before) VALUES ($1, $2, $3, $4, $4)`,
    secret.key_id,
    secret.slot,
    secret.key,
    secret.at,
  );
}

async function isLive(tx: Tx, keyId: string, at: number): Promise<boolean> {
  const found = await tx.get(
    `SELECT 1 AS one FROM client_keys k WHERE ${KEY_LIVES} AND k.key_id = $2`,
    at,
    keyId,
  );
  return found !== undefined;
}

/** Makes a client key with its first secret. */
export const create_client_key = operation(
  { locks: ['server', 'account'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly key_id: string;
      readonly name: string;
      readonly key: Uint8Array;
      readonly expires_at: number | null;
      readonly permissions: readonly ClientPermission[];
    },
  ): Promise<ClientKeyRecord | Failure<'forbidden' | 'limit_reached'>> => {
    const { who, key_id } = args;
    if (!(await mayManage(tx, who))) return fail('forbidden');
    const permissions = [...new Set(args.permissions)].sort();
    if (!mayPutIntoKey(await authorityOf(who.actor), permissions)) return fail('forbidden');
    await tx.write(
      'DELETE FROM client_keys WHERE revoked_at < $1 OR expires_at < $1',
      who.at - ENDED_KEPT_MS,
    );
    const live = await tx.get<{ count: number }>(
      `SELECT count(*) AS count FROM client_keys k WHERE ${KEY_LIVES}`,
      who.at,
    );
    if ((live?.count ?? 0) >= LIMITS.client_keys_max) return fail('limit_reached');
    await tx.write(
      'INSERT INTO client_keys (key_id, name, created_at, expires_at, permissions) VALUES ($1, $2, $3, $4, $5)',
      key_id,
      args.name,
      who.at,
      args.expires_at,
      permissions.join(' '),
    );
    await insertSecret(tx, { key_id, slot: 'current', key: args.key, at: who.at });
    await audit(tx, who, 'client_key_created', key_id, {
      name: args.name,
      expires_at: args.expires_at,
      permissions,
    });
    return mustRead(tx, key_id, who.at);
  },
);

/** Changes what a key permits with nobody signed in. `forbidden`: it does, or would, what whoever changes it may not. */
export const update_client_key = operation(
  { locks: ['server', 'account'], announces: ['client_key_changed'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly key_id: string;
      readonly permissions: readonly ClientPermission[];
    },
  ): Promise<ClientKeyRecord | Failure<'forbidden' | 'not_found'>> => {
    const { who, key_id } = args;
    if (!(await mayManage(tx, who))) return fail('forbidden');
    const before = (await isLive(tx, key_id, who.at)) ? await clientKeyById(tx, key_id, who.at) : null;
    if (before === null) return fail('not_found');
    const permissions = [...new Set(args.permissions)].sort();
    const had = (before.permissions ?? []) as readonly ClientPermission[];
    if (!mayPutIntoKey(await authorityOf(who.actor), [...had, ...permissions])) return fail('forbidden');
    await tx.write(
      'UPDATE client_keys SET permissions = $2 WHERE key_id = $1',
      key_id,
      permissions.join(' '),
    );
    await audit(tx, who, 'client_key_updated', key_id, {
      given: permissions.filter((one) => !had.includes(one)),
      taken: had.filter((one) => !permissions.includes(one)),
    });
    await tx.announce({ kind: 'client_key_changed', key_id });
    return mustRead(tx, key_id, who.at);
  },
);

/** Puts a next secret beside the current one, which ends after the overlap. Never leaves more than two. */
export const rotate_client_key = operation(
  { locks: ['server', 'account'], announces: ['client_key_changed'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly key_id: string;
      readonly key: Uint8Array;
      readonly overlap_hours: number;
    },
  ): Promise<ClientKeyRecord | Failure<'forbidden' | 'not_found'>> => {
    const { who, key_id, overlap_hours } = args;
    if (!(await mayManage(tx, who))) return fail('forbidden');
    if (!(await isLive(tx, key_id, who.at))) return fail('not_found');
    const { current, next } = slotsAt(await secretsOf(tx, key_id), who.at);
    const old = next ?? current;
    if (old === null) throw new Error('a client key without a secret');
    const ends = who.at + overlap_hours * HOUR_MS;
    await tx.write(
      'DELETE FROM client_key_secrets WHERE key_id = $1 AND secret_id <> $2',
      key_id,
      old.secret_id,
    );
    await tx.write(
      "UPDATE client_key_secrets SET slot = 'current', not_after = $2 WHERE secret_id = $1",
      old.secret_id,
      old.not_after === null ? ends : Math.min(old.not_after, ends),
    );
    await insertSecret(tx, { key_id, slot: 'next', key: args.key, at: who.at });
    await audit(tx, who, 'client_key_rotated', key_id, { overlap_hours });
    await tx.announce({ kind: 'client_key_changed', key_id });
    return mustRead(tx, key_id, who.at);
  },
);

/** Ends a client key for good. What it proved is forgotten with it: only its dates stay. */
export const revoke_client_key = operation(
  { locks: ['server', 'account'], announces: ['client_key_ended'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly key_id: string },
  ): Promise<ClientKeyRecord | Failure<'forbidden' | 'not_found'>> => {
    const { who, key_id } = args;
    if (!(await mayManage(tx, who))) return fail('forbidden');
    const revoked = await tx.run(
      'UPDATE client_keys SET revoked_at = $2 WHERE key_id = $1 AND revoked_at IS NULL',
      key_id,
      who.at,
    );
    if (revoked !== 1) return fail('not_found');
    await tx.write('UPDATE client_key_secrets SET key = $2 WHERE key_id = $1', key_id, NO_KEY);
    await audit(tx, who, 'client_key_revoked', key_id);
    await tx.announce({ kind: 'client_key_ended', key_id, reason: 'revoked' });
    return mustRead(tx, key_id, who.at);
  },
);

/** Notes that a secret was used, at most once a minute. */
export const touch_client_key = ownOperation(
  // One row, one statement, and nobody else decides anything by it.
  { locks: [] },
  async (tx: Tx, args: { readonly secret_id: number; readonly at: number }): Promise<null> => {
    // One that was revoked meanwhile stays as it was. Its own row says so: where this waits for who revokes it, only that is
    // looked at again.
    await tx.write(
      `UPDATE client_key_secrets SET last_used_at = $2
     WHERE secret_id = $1 AND (last_used_at IS NULL OR last_used_at <= $3) AND key <> $4`,
      args.secret_id,
      args.at,
      args.at - TOUCH_EVERY_MS,
      NO_KEY,
    );
    return null;
  },
);
