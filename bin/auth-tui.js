#!/usr/bin/env node
'use strict';
// Set before React is loaded: its development build is slow and keeps a record of every render.
process.env.NODE_ENV = 'production';

import('../dist/auth-tui.js').then(
  async ({ main }) => {
    process.exitCode = await main(process.argv.slice(2), process.env);
  },
  (error) => {
    console.error(`auth-tui: the program is not built (${error.message}). Run: npm run build`);
    process.exitCode = 70;
  },
);
