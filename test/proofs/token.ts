import { ACTIONS } from '../../src/protocol/index.js';
import { byAnnaElsewhere, byStranger, forged, type ProofsOf, type SetUp } from './proof.js';

const { refresh_token } = ACTIONS.refresh.example.params;

const underAnotherKey: SetUp = async (world) => {
  const other = await world.other({});
  await other.anna();
  return { world: other, peer: await other.stranger(await other.clientKey()) };
};

export const TOKEN_PROOFS: ProofsOf<'token'> = {
  refresh: {
    example: async (world) => {
      await world.anna();
      return { peer: await world.stranger() };
    },
    also: {
      session_moved: byAnnaElsewhere,
      refresh_token_reused: async (world) => {
        const other = await world.other({});
        await other.anna();
        const peer = await other.stranger();
        const next = await peer.call('refresh', { refresh_token });
        await peer.call('refresh', { refresh_token: next.refresh_token });
        return { world: other, peer };
      },
      refresh_token_refused: underAnotherKey,
    },
    refused: {
      session_invalid: byStranger({ refresh_token: forged('pcr') }),
      client_key_wrong: underAnotherKey,
    },
  },
  verify_token: {
    example: async (world) => {
      await world.anna();
      return { peer: await world.stranger() };
    },
  },
};
