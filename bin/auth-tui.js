#!/usr/bin/env node
'use strict';
const { whyNotLoaded } = require('./not_loaded.js');
// Set before React is loaded: its development build is slow and keeps a record of every render.
process.env.NODE_ENV = 'production';

const notLoaded = (error) => {
  console.error(`auth-tui: ${whyNotLoaded(error)}`);
  process.exit(70);
};
// Several files are read at once: the first that fails ends the import, the others would be nobody's.
process.once('unhandledRejection', notLoaded);
import('../dist/auth-tui.js').then(async ({ main }) => {
  process.off('unhandledRejection', notLoaded);
  process.exitCode = await main(process.argv.slice(2), process.env);
}, notLoaded);
