/** Actions about the connection itself. */
import * as z from 'zod';
import { defineAction } from '../define_action.js';
import { timestamp } from '../fields.js';
import { PROTOCOL } from '../limits.js';

export const probe = defineAction({
  summary: 'Shows that both ends are alive and keeps a connection open on which someone is still typing.',
  params: z.strictObject({}),
  result: z.object({ server_time_at: timestamp("the server's clock") }),
  access: 'public',
  bucket: 'free',
  audit: null,
  errors: [],
  response: 200,
  alert: 'alive',
  example: { params: {}, result: { server_time_at: 1795000200000 } },
});

export const server_info = defineAction({
  summary: 'What a client should know about this server before anyone signs in.',
  params: z.strictObject({}),
  result: z.object({
    server_name: z.string().describe('what whoever runs it calls it'),
    server_version: z.string().describe('version of the program, for people; decide nothing by it'),
    protocol: z.literal(PROTOCOL).describe('name and version of the protocol'),
    server_time_at: timestamp("the server's clock"),
    registration_open: z.boolean().describe('whether strangers may register'),
    setup_required: z.boolean().describe('true until the first administrator exists'),
    password_length_min: z.int().describe('code points that a new password needs at least'),
  }),
  access: 'public',
  bucket: 'free',
  audit: null,
  errors: [],
  response: 200,
  alert: 'server information',
  example: {
    params: {},
    result: {
      server_name: 'Portcullis',
      server_version: '0.1.0',
      protocol: PROTOCOL,
      server_time_at: 1795000200000,
      registration_open: true,
      setup_required: false,
      password_length_min: 8,
    },
  },
});

export const quit = defineAction({
  summary: 'Ends the connection after the reply. The session, if there is one, lives on and can be resumed.',
  params: z.strictObject({}),
  result: z.object({}),
  access: 'public',
  bucket: 'free',
  audit: null,
  errors: [],
  response: 200,
  alert: 'goodbye',
  example: { params: {}, result: {} },
});
