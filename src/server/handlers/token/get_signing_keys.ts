import type { Handler } from '../handler.js';

export const get_signing_keys: Handler<'get_signing_keys'> = ({ access_tokens }) => ({
  keys: [access_tokens.jwk],
});
