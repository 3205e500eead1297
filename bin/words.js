'use strict';
// Whether somebody reads Russian, for what is said before anything is loaded. An old Node reads this too: Node 10's words.

/** Returns true for a Russian locale on a terminal whose letters are those of Unicode; others are told in English. */
const readsRussian = (env) => {
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || '';
  const letters = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /^ru(?![a-z])/i.test(locale) && (/utf-?8/i.test(letters) || !/[.]|^(C|POSIX)$/.test(letters));
};

module.exports = { readsRussian };
