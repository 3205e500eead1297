import type { Handler } from '../handler.js';

export const quit: Handler<'quit'> = ({ afterReply }) => {
  afterReply({ then: 'close' });
  return {};
};
