/** The one-time code of a server without an administrator. */
import type { Tx } from '../tx.js';
import { administratorExists } from './administrators.js';
import { ownOperation } from './operation.js';

/** Puts a new setup code in the place of any older one. Returns false when an administrator exists: then there is none. */
export const replace_setup_code = ownOperation(
  { locks: ['server', 'role'] },
  async (
    tx: Tx,
    args: { readonly at: number; readonly code_hash: Uint8Array; readonly expires_at: number },
  ): Promise<boolean> => {
    await tx.lock('server', 'setup');
    await tx.lock('role', 'admin');
    await tx.write("DELETE FROM one_time_codes WHERE purpose = 'setup'");
    if (await administratorExists(tx)) return false;
    await tx.write(
      `INSERT INTO one_time_codes (code_hash, purpose, account_id, created_at, expires_at)
     VALUES ($1, 'setup', NULL, $2, $3)`,
      args.code_hash,
      args.at,
      args.expires_at,
    );
    return true;
  },
);
