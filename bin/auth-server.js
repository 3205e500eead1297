#!/usr/bin/env node
'use strict';
// CommonJS on purpose: nothing has used libuv's thread pool yet, so its size can still be set.
const { keepSignals, refuseDebugger } = require('./first_moments.js');
refuseDebugger('auth-server');
const signalsKept = keepSignals();
const { tooOld } = require('./node_version.js');

const sentence = tooOld(process.version);
if (sentence === null) start();
else {
  console.error(`auth-server: ${sentence}`);
  process.exitCode = 70;
}

function start() {
  const { availableParallelism } = require('os');
  // Now, because it may be the files that can't be opened any more.
  const { whyNotLoaded } = require('./not_loaded.js');
  // Password hashes take cores - 1 threads for a quarter of a second each; two more keep files and look-ups going meanwhile.
  if (process.env.UV_THREADPOOL_SIZE === undefined)
    process.env.UV_THREADPOOL_SIZE = String(Math.max(1, availableParallelism() - 1) + 2);

  const notLoaded = (error) => {
    console.error(`auth-server: ${whyNotLoaded(error)}`);
    process.exit(70);
  };
  // Several files are read at once: the first that fails ends the import, the others would be nobody's.
  process.once('unhandledRejection', notLoaded);
  import('../dist/auth-server.js').then(({ main }) => {
    process.off('unhandledRejection', notLoaded);
    main(process.argv.slice(2), process.env, signalsKept()).then(
      (code) => {
        process.exitCode = code;
      },
      (error) => {
        console.error(error);
        process.exitCode = 70;
      },
    );
  }, notLoaded);
}
