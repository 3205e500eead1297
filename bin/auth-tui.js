#!/usr/bin/env node
'use strict';
const { whyNotLoaded } = require('./not_loaded.js');
// Set before React is loaded: its development build is slow and keeps a record of every render.
process.env.NODE_ENV = 'production';

let main;
try {
  ({ main } = require('../dist/auth-tui.cjs'));
} catch (error) {
  console.error(`auth-tui: ${whyNotLoaded(error)}`);
  process.exitCode = 70;
}
main?.(process.argv.slice(2), process.env).then((code) => {
  process.exitCode = code;
});
