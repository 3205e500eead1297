import { byStranger, type ProofsOf } from './proof.js';

export const CONNECTION_PROOFS: ProofsOf<'connection'> = {
  probe: { example: byStranger() },
  quit: { example: byStranger(), closes: true },
};
