import { PROTOCOL } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const server_info: Handler<'server_info'> = async ({ store, settings, at }) => ({
  server_name: settings.server_name,
  server_version: settings.server_version,
  protocol: PROTOCOL,
  server_time_at: at,
  registration_open: settings.registration_open,
  setup_required: !(await store.read.accounts.administratorExists()),
  password_length_min: settings.password_length_min,
  ...(settings.auto_register ? { auto_register: true } : {}),
});
