import { ACTIONS } from '../../src/protocol/index.js';
import { byBoss, NO_KEY, type ProofsOf, type SetUp } from './proof.js';

const withKey: SetUp = async (world) => {
  await world.clientKey();
  return { peer: world.boss };
};

export const CLIENT_KEY_PROOFS: ProofsOf<'client_key'> = {
  create_client_key: {
    example: (world) => {
      world.random.plan(ACTIONS.create_client_key.example.result.client_key.key_id);
      return { peer: world.boss };
    },
    refused: {
      limit_reached: async (world) => {
        const full = await world.other({});
        full.fillClientKeys();
        return { world: full, peer: full.boss };
      },
    },
  },
  list_client_keys: { example: withKey },
  update_client_key: {
    example: withKey,
    refused: { not_found: byBoss({ key_id: NO_KEY, permissions: [] }) },
  },
  rotate_client_key: { example: withKey, refused: { not_found: byBoss({ key_id: NO_KEY }) } },
  revoke_client_key: { example: withKey, refused: { not_found: byBoss({ key_id: NO_KEY }) } },
};
