import { ACTIONS } from '../../src/protocol/index.js';
import { byBoss, NOBODY, type ProofsOf } from './proof.js';

export const THROTTLE_PROOFS: ProofsOf<'throttle'> = {
  clear_throttle: {
    example: async (world) => {
      const guarded = await world.other({ throttle: 'on' });
      await guarded.boris();
      const { account_name } = ACTIONS.get_user.example.result.user;
      const { failures } = ACTIONS.clear_throttle.example.result;
      for (let n = 0; n < failures; n += 1) {
        const user = { account_name, password: `wrong guess ${n}` };
        await (await guarded.stranger()).ask('authenticate', { user });
      }
      return { world: guarded, peer: guarded.boss };
    },
    refused: { not_found: byBoss({ account_id: NOBODY }) },
  },
};
