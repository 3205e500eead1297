/** Why a program could not be loaded is told as what it is. */
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';

const { whyNotLoaded } = createRequire(import.meta.url)('../../../bin/not_loaded.js') as {
  whyNotLoaded: (error: Error, russian?: boolean) => string;
};

const failure = (code: string, message: string): Error => Object.assign(new Error(message), { code });

test.each([
  [failure('EMFILE', "EMFILE: too many open files, open '/x/node_modules/zod/es.js'"), /ulimit -n 1024$/],
  [failure('ENFILE', 'ENFILE: file table overflow'), /^this machine has too many files open/],
  [
    failure(
      'ERR_MODULE_NOT_FOUND',
      "Cannot find module '/x/dist/auth-server.js' imported from /x/bin/auth-server.js",
    ),
    /not built\. Run: npm run build$/,
  ],
  [
    failure('ERR_MODULE_NOT_FOUND', "Cannot find package 'pino' imported from /x/dist/auth-server.js"),
    /^pino is missing\. .*npm ci$/,
  ],
  [
    failure('MODULE_NOT_FOUND', "Cannot find module 'bindings'\nRequire stack:\n- /x"),
    /^bindings is missing/,
  ],
  [new SyntaxError('Unexpected end of input'), /Unexpected end of input/],
])('%s', (error, sentence) => {
  expect(whyNotLoaded(error)).toMatch(sentence);
  if (!/dist.* imported/.test(error.message)) expect(whyNotLoaded(error)).not.toContain('not built');
  // Russian says as much, with the same commands.
  const russian = whyNotLoaded(error, true);
  expect(russian).toMatch(/[а-я]{5}/);
  for (const [command] of whyNotLoaded(error).matchAll(/npm \S+(?: build)?$|ulimit.*$/g))
    expect(russian).toContain(command);
});
