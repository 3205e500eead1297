import { byBoss, byStranger, type ProofsOf } from './proof.js';

export const SERVER_PROOFS: ProofsOf<'server'> = {
  server_info: { example: byStranger() },
  server_stats: { example: byBoss() },
};
