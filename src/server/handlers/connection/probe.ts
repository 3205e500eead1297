import type { Handler } from '../handler.js';

export const probe: Handler<'probe'> = ({ at }) => ({ server_time_at: at });
