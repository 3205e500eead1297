/** Actions about the connection itself. */
import * as z from 'zod';
import { defineAction } from '../define_action.js';
import { timestamp } from '../fields.js';

export const CONNECTION_ACTIONS = {
  probe: defineAction({
    summary:
      'Shows that both ends are alive: keeps a session in use, and a connection open on which someone is still typing.',
    params: z.strictObject({}),
    result: z.object({ server_time_at: timestamp("the server's clock") }),
    access: 'public',
    identity: null,
    renews: ['connection', 'session'],
    bucket: 'free',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'alive',
    example: { params: {}, result: { server_time_at: 1795000200000 } },
  }),

  quit: defineAction({
    summary:
      'Ends the connection after the reply. The session, if there is one, lives on and can be resumed.',
    params: z.strictObject({}),
    result: z.object({}),
    access: 'public',
    identity: null,
    renews: [],
    bucket: 'free',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'goodbye',
    example: { params: {}, result: {} },
  }),
};
