#!/usr/bin/env node
'use strict';
require('./first_moments.js').refuseDebugger('auth-tui');
const { tooOld } = require('./node_version.js');
const { readsRussian } = require('./words.js');

const russian = readsRussian(process.env);
const sentence = tooOld(process.version, russian);
if (sentence === null) start();
else {
  console.error(`auth-tui: ${sentence}`);
  process.exitCode = 70;
}

function start() {
  const { whyNotLoaded } = require('./not_loaded.js');
  // Set before React is loaded: its development build is slow and keeps a record of every render.
  process.env.NODE_ENV = 'production';

  let main;
  try {
    main = require('../dist/auth-tui.cjs').main;
  } catch (error) {
    console.error(`auth-tui: ${whyNotLoaded(error, russian)}`);
    process.exitCode = 70;
    return;
  }
  main(process.argv.slice(2), process.env).then(
    (code) => {
      process.exitCode = code;
    },
    (error) => {
      console.error(error);
      process.exitCode = 70;
    },
  );
}
