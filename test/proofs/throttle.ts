import { byBoss, NOBODY, type ProofsOf } from './proof.js';

export const THROTTLE_PROOFS: ProofsOf<'throttle'> = {
  clear_throttle: {
    example: async (world) => {
      await world.boris();
      return { peer: world.boss };
    },
    refused: { not_found: byBoss({ account_id: NOBODY }) },
  },
};
