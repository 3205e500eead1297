import { ACTIONS } from '../../src/protocol/index.js';
import {
  byAnna,
  byAnnaElsewhere,
  byAnnaOfThree,
  byPerson,
  byStranger,
  forged,
  NO_SESSION,
  type ProofsOf,
  type SetUp,
} from './proof.js';

const { user } = ACTIONS.authenticate.example.params;
const as = (change: object) => ({ user: { ...user, ...change } });

/** On a server that registers whoever comes with an unknown name. */
const registering =
  (change: object): SetUp =>
  async (world) => {
    const open = await world.other({ 'auto-register': 'on' });
    return { world: open, peer: await open.stranger(), params: as(change) };
  };

export const SESSION_PROOFS: ProofsOf<'session'> = {
  authenticate: {
    example: async (world) => {
      await world.anna('another one');
      world.planSignIn();
      return { peer: await world.stranger() };
    },
    also: {
      sign_in_refused: byStranger(as({ account_name: 'nobody' })),
      session_replaced: async (world) => {
        const small = await world.other({ 'sessions-max': '1' });
        await small.anna();
        return { world: small, peer: await small.stranger() };
      },
      account_registered: registering({}),
    },
    refused: {
      invalid_credentials: byStranger(as({ account_name: 'nobody' })),
      account_suspended: async (world) => {
        const { account_id } = await world.person({ account_name: 'gone.one' });
        await world.boss.call('suspend_user', { account_id });
        return { peer: await world.stranger(), params: as({ account_name: 'gone.one' }) };
      },
      account_name_invalid: registering({ account_name: 'root' }),
      account_name_taken: registering({ account_name: 'b0ss.one' }),
      password_rejected: registering({ password: 'short' }),
    },
  },
  resume: {
    example: async (world) => {
      await world.anna();
      return { peer: await world.stranger() };
    },
    also: { session_moved: byAnnaElsewhere },
    refused: { session_invalid: byStranger({ session_token: forged('pcs') }) },
  },
  whoami: { example: byAnna },
  list_sessions: { example: byAnna },
  revoke_session: {
    example: async (world) => {
      await world.anna();
      return { peer: await world.elsewhere(user.account_name) };
    },
    refused: { not_found: byPerson({ session_id: NO_SESSION }) },
    ends_own: async (world) => {
      const { peer, session_id } = await world.person();
      return { peer, params: { session_id } };
    },
  },
  logout: { example: byPerson() },
  logout_all: { example: byAnnaOfThree, ends_own: byPerson({}) },
  login_history: {
    example: async (world) => {
      const { peer } = await world.anna();
      const { device } = ACTIONS.authenticate.example.params;
      await (
        await world.stranger()
      ).ask('authenticate', { ...as({ password: 'wrong horse battery' }), device });
      return { peer };
    },
  },
};
