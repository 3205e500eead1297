import { ACTIONS, LIMITS } from '../../src/protocol/index.js';
import { byBoss, NOBODY, type ProofsOf, type SetUp } from './proof.js';

const { role } = ACTIONS.assign_role.example.params;
const toPerson =
  (chosen: string): SetUp =>
  async (world) => {
    const { account_id } = await world.person();
    return { peer: world.boss, params: { account_id, role: chosen } };
  };

const EDITOR = ACTIONS.create_role.example.params;
/** With the role of the examples there: this call has made it, or one before. */
const withEditor: SetUp = async (world) => {
  world.beginNow();
  await world.boss.ask('create_role', EDITOR);
  return { peer: world.boss };
};
const beside =
  (params: object): SetUp =>
  async (world) => ({ ...(await withEditor(world)), params });

export const ROLE_PROOFS: ProofsOf<'role'> = {
  list_roles: { example: withEditor },
  list_permissions: { example: withEditor },
  create_role: {
    example: (world) => ({ peer: world.boss }),
    refused: {
      role_taken: withEditor,
      limit_reached: (world) => {
        world.fillRoles();
        return { peer: world.boss, params: { role: 'one-too-many', permissions: [] } };
      },
    },
  },
  update_role: {
    example: withEditor,
    refused: {
      not_found: byBoss({ role: 'nobodys' }),
      role_built_in: byBoss({ role: 'moderator', permissions: [] }),
      stale_version: beside({ role: 'editor', version: 99 }),
    },
  },
  delete_role: {
    example: withEditor,
    refused: {
      not_found: byBoss({ role: 'nobodys' }),
      role_built_in: byBoss({ role: 'user' }),
      role_in_use: async (world) => {
        const { account_id } = await world.person();
        await withEditor(world);
        await world.boss.call('assign_role', { account_id, role: 'editor' });
        return { peer: world.boss };
      },
    },
  },
  assign_role: {
    example: async (world) => {
      await world.boris();
      return { peer: world.boss };
    },
    refused: {
      not_found: byBoss({ account_id: NOBODY, role }),
      wrong_status: toPerson('user'),
      limit_reached: async (world) => {
        const { account_id } = await world.person();
        for (let n = 1; n < LIMITS.roles_of_account_max; n += 1) {
          await world.boss.call('create_role', { role: `role-${n}`, permissions: [] });
          await world.boss.call('assign_role', { account_id, role: `role-${n}` });
        }
        return { peer: world.boss, params: { account_id, role } };
      },
    },
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
  check_permission: {
    example: async (world) => {
      await world.boris();
      return { peer: await world.stranger() };
    },
  },
};
