import type { Handler } from '../handler.js';

export const server_stats: Handler<'server_stats'> = ({ stats }) => stats();
