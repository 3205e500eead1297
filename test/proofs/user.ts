import { ACTIONS } from '../../src/protocol/index.js';
import { byBoss, NOBODY, type ProofsOf, type SetUp } from './proof.js';

const toNobody = byBoss({ account_id: NOBODY });
const toSelf: SetUp = (world) => ({ peer: world.boss, params: { account_id: world.boss_id } });
const toBoris: SetUp = async (world) => {
  await world.boris();
  return { peer: world.boss };
};
const toActive: SetUp = async (world) => {
  const { account_id } = await world.person();
  return { peer: world.boss, params: { account_id } };
};

export const USER_PROOFS: ProofsOf<'user'> = {
  list_users: { example: toBoris },
  get_user: { example: toBoris, refused: { not_found: toNobody } },
  create_user: {
    example: (world) => {
      const { user, code } = ACTIONS.create_user.example.result;
      world.random.plan(user.account_id, code);
      return { peer: world.boss };
    },
    refused: {
      not_found: byBoss({ user: { account_name: 'new.one' }, roles: ['nobodys'] }),
      account_name_invalid: byBoss({ user: { account_name: 'root' } }),
      account_name_taken: byBoss({ user: { account_name: 'boss.one' } }),
      email_taken: async (world) => {
        await world.person({ email: 'here@example.test' });
        return {
          peer: world.boss,
          params: { user: { account_name: 'new.one', email: 'here@example.test' } },
        };
      },
    },
  },
  update_user: {
    example: toBoris,
    refused: {
      not_found: byBoss({ account_id: NOBODY, changes: {} }),
      stale_version: async (world) => {
        const { account_id } = await world.person();
        return { peer: world.boss, params: { account_id, changes: { bio: 'mine' }, version: 99 } };
      },
      email_taken: async (world) => {
        await world.person({ email: 'there@example.test' });
        const { account_id } = await world.person();
        return { peer: world.boss, params: { account_id, changes: { email: 'there@example.test' } } };
      },
    },
  },
  suspend_user: {
    example: toBoris,
    refused: {
      not_found: toNobody,
      wrong_status: async (world) => {
        const { account_id } = await world.person();
        await world.boss.call('suspend_user', { account_id });
        return { peer: world.boss, params: { account_id } };
      },
      last_administrator: toSelf,
    },
  },
  resume_user: {
    example: async (world) => {
      const { account_id } = await world.boris();
      await world.boss.call('suspend_user', { account_id });
      return { peer: world.boss };
    },
    refused: { not_found: toNobody, wrong_status: toActive },
  },
  delete_user: { example: toBoris, refused: { not_found: toNobody, last_administrator: toSelf } },
};
