/** A proof for each action of the table, by the same nouns. */
import type { ActionName } from '../../src/protocol/index.js';
import { ACCOUNT_PROOFS } from './account.js';
import { CLIENT_KEY_PROOFS } from './client_key.js';
import { CONNECTION_PROOFS } from './connection.js';
import type { AnyProof, Proof } from './proof.js';
import { ROLE_PROOFS } from './role.js';
import { SERVER_PROOFS } from './server.js';
import { SESSION_PROOFS } from './session.js';
import { THROTTLE_PROOFS } from './throttle.js';
import { TOKEN_PROOFS } from './token.js';
import { USER_PROOFS } from './user.js';

const PROOFS: { readonly [A in ActionName]: Proof<A> } = {
  ...CONNECTION_PROOFS,
  ...SERVER_PROOFS,
  ...ACCOUNT_PROOFS,
  ...SESSION_PROOFS,
  ...TOKEN_PROOFS,
  ...USER_PROOFS,
  ...ROLE_PROOFS,
  ...THROTTLE_PROOFS,
  ...CLIENT_KEY_PROOFS,
};

export const proofOf = (action: ActionName): AnyProof => PROOFS[action];
export type { Asked, SetUp } from './proof.js';
