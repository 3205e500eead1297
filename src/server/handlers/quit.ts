import type { Handler } from './handler.js';

export const quit: Handler<'quit'> = ({ peer }) => {
  peer.endAfterReply();
  return {};
};
