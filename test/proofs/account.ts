import { ACTIONS } from '../../src/protocol/index.js';
import { byPerson, byStranger, forged, type ProofsOf } from './proof.js';

const { password } = ACTIONS.register.example.params.user;
const user = (account_name: string, more: object = {}) => ({ user: { account_name, password, ...more } });
const code = ACTIONS.redeem_code.example.params;
const wrong = { password: 'wrong horse battery' };

export const ACCOUNT_PROOFS: ProofsOf<'account'> = {
  register: {
    example: byStranger(),
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
      await world.invitation(code.account_name, code.code);
      return { peer: await world.stranger() };
    },
    refused: {
      code_invalid: byStranger({ ...code, code: forged('pcc') }),
      password_rejected: async (world) => {
        const other = code.code.replace('3q2', '4q2');
        await world.invitation('hurried', other);
        const params = { account_name: 'hurried', code: other, new_password: 'short' };
        return { peer: await world.stranger(), params };
      },
    },
  },
  get_profile: { example: byPerson() },
  update_profile: {
    example: async (world) => {
      const { version } = ACTIONS.update_profile.example.params;
      return { peer: await world.atVersion(version, await world.person()) };
    },
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
    example: byPerson(),
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
