/** Actions about slowing down those who guess passwords. */
import * as z from 'zod';
import { defineAction } from '../define_action.js';
import { exampleUser } from '../examples.js';
import { accountId } from '../fields.js';

export const THROTTLE_ACTIONS = {
  clear_throttle: defineAction({
    summary:
      'Forgets the wrong guesses at an account, wherever they were made, so that its owner can sign in without waiting.',
    params: z.strictObject({ account_id: accountId }),
    result: z.object({ account_id: accountId, failures: z.int().describe('how many were forgotten') }),
    access: { permission: 'users.update' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'throttle_cleared',
    logs: ['account_id'],
    errors: ['not_found'],
    response: 200,
    alert: 'throttle cleared',
    example: {
      params: { account_id: exampleUser.account_id },
      result: { account_id: exampleUser.account_id, failures: 2 },
    },
  }),
};
