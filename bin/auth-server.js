#!/usr/bin/env node
'use strict';
// CommonJS on purpose: nothing has used libuv's thread pool yet, so its size can still be set. Password hashes take
// cores - 1 threads for a quarter of a second each; two more keep files and look-ups going meanwhile.
const { availableParallelism } = require('node:os');
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(1, availableParallelism() - 1) + 2);

import('../dist/auth-server.js').then(
  async ({ main }) => {
    process.exitCode = await main(process.argv.slice(2), process.env);
  },
  (error) => {
    console.error(`auth-server: the program is not built (${error.message}). Run: npm run build`);
    process.exitCode = 70;
  },
);
