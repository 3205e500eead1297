import { ACTIONS } from '../../src/protocol/index.js';
import { byAnna, byAnnaElsewhere, byPerson, byStranger, forged, type ProofsOf, type SetUp } from './proof.js';

const { refresh_token } = ACTIONS.refresh.example.params;

const underAnotherKey: SetUp = async (world) => {
  const other = await world.other({});
  await other.anna();
  return { world: other, peer: await other.stranger(await other.clientKey()) };
};

/** On the connection of the session, whose token was exchanged twice since. */
const spentTwice: SetUp = async (world) => {
  const other = await world.other({});
  const { peer } = await other.anna();
  const next = await peer.call('refresh', { refresh_token });
  await peer.call('refresh', { refresh_token: next.refresh_token });
  other.later(11_000);
  return { world: other, peer };
};

const sessionUnderAnotherKey: SetUp = async (world) => {
  const other = await world.other({});
  const { session_token } = await other.anna();
  const peer = await other.stranger(await other.clientKey());
  await peer.call('resume', { session_token });
  return { world: other, peer };
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
        const spent = await spentTwice(world);
        return { ...spent, peer: await (spent.world ?? world).stranger() };
      },
      refresh_token_refused: underAnotherKey,
    },
    refused: {
      session_invalid: byStranger({ refresh_token: forged('pcr') }),
      client_key_wrong: underAnotherKey,
    },
  },
  refresh_again: {
    example: byAnna,
    also: { refresh_token_reused: spentTwice, refresh_token_refused: sessionUnderAnotherKey },
    refused: {
      not_found: byPerson({ refresh_token: forged('pcr') }),
      client_key_wrong: sessionUnderAnotherKey,
    },
  },
  get_signing_keys: { example: async (world) => ({ peer: await world.stranger() }) },
  verify_token: {
    example: async (world) => {
      await world.anna();
      return { peer: await world.stranger() };
    },
  },
};
