import { ACTIONS } from '../../src/protocol/index.js';
import { byBoss, NOBODY, type ProofsOf, type SetUp } from './proof.js';

const { role } = ACTIONS.assign_role.example.params;
const toPerson =
  (chosen: string): SetUp =>
  async (world) => {
    const { account_id } = await world.person();
    return { peer: world.boss, params: { account_id, role: chosen } };
  };

export const ROLE_PROOFS: ProofsOf<'role'> = {
  assign_role: {
    example: async (world) => {
      await world.boris();
      return { peer: world.boss };
    },
    refused: { not_found: byBoss({ account_id: NOBODY, role }), wrong_status: toPerson('user') },
  },
  unassign_role: {
    example: async (world) => {
      const { account_id } = await world.boris();
      await world.boss.call('assign_role', { account_id, role });
      return { peer: world.boss };
    },
    refused: {
      not_found: byBoss({ account_id: NOBODY, role }),
      wrong_status: toPerson(role),
      last_administrator: (world) => ({
        peer: world.boss,
        params: { account_id: world.boss_id, role: 'admin' },
      }),
    },
  },
};
