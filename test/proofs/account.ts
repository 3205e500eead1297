import { ACTIONS } from '../../src/protocol/index.js';
import { byAnna, byAnnaOfThree, byPerson, byStranger, forged, type ProofsOf } from './proof.js';

const { password } = ACTIONS.register.example.params.user;
const user = (account_name: string, more: object = {}) => ({ user: { account_name, password, ...more } });
const code = ACTIONS.redeem_code.example.params;
const wrong = { password: 'wrong horse battery' };

export const ACCOUNT_PROOFS: ProofsOf<'account'> = {
  register: {
    example: (world) => {
      world.random.plan(ACTIONS.register.example.result.account.account_id);
      world.planSignIn();
      return byStranger()(world);
    },
    also: {
      administrator_claimed: async (world) => {
        const fresh = await world.other({}, false);
        const params = { ...user('first.one'), setup_code: fresh.server.setup_code };
        return { world: fresh, peer: await fresh.stranger(), params };
      },
    },
    refused: {
      registration_closed: async (world) => {
        const closed = await world.other({ registration: 'closed' });
        return { world: closed, peer: await closed.stranger() };
      },
      setup_code_invalid: byStranger({ ...user('late.one'), setup_code: forged('pca') }),
      account_name_invalid: byStranger(user('root')),
      account_name_taken: byStranger(user('boss.one')),
      email_taken: async (world) => {
        await world.person({ email: 'here@example.test' });
        return { peer: await world.stranger(), params: user('second.one', { email: 'HERE@example.test' }) };
      },
      password_rejected: byStranger(user('hurried', { password: 'short' })),
    },
  },
  redeem_code: {
    example: async (world) => {
      world.random.plan(ACTIONS.redeem_code.example.result.account.account_id);
      await world.invitation(ACTIONS.create_user.example.params.user, code.code);
      world.planSignIn();
      return { peer: await world.stranger() };
    },
    refused: {
      code_invalid: byStranger({ ...code, code: forged('pcc') }),
      password_rejected: async (world) => {
        const other = code.code.replace('3q2', '4q2');
        await world.invitation({ account_name: 'hurried' }, other);
        const params = { account_name: 'hurried', code: other, new_password: 'short' };
        return { peer: await world.stranger(), params };
      },
    },
  },
  get_profile: { example: byAnna },
  update_profile: {
    example: byAnna,
    refused: {
      stale_version: byPerson({ changes: { bio: 'mine' }, version: 99 }),
      email_taken: async (world) => {
        await world.person({ email: 'there@example.test' });
        const { peer } = await world.person();
        return { peer, params: { changes: { email: 'there@example.test' } } };
      },
    },
  },
  confirm_password: {
    example: byPerson(),
    also: { sign_in_refused: byPerson(wrong) },
    refused: { current_password_wrong: byPerson(wrong) },
  },
  change_password: {
    example: byAnnaOfThree,
    also: {
      sign_in_refused: byPerson({ current_password: wrong.password, new_password: 'good enough so far' }),
    },
    refused: {
      current_password_wrong: byPerson({
        current_password: wrong.password,
        new_password: 'good enough so far',
      }),
      password_rejected: byPerson({ current_password: password, new_password: 'short' }),
    },
  },
};
