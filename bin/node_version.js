'use strict';
// Tells in one sentence that Node is too old, before anything is loaded that an old Node can't even read. So this file and
// those that load it first keep to what Node 10 reads: a test has them parsed as that.

/** Returns the sentence for a version of Node that package.json doesn't allow, or null: `v18.20.1`. */
const tooOld = (version) => {
  const numbers = (text) =>
    text
      .replace(/^[^0-9]+/, '')
      .split('.')
      .map(Number);
  const wanted = numbers(require('../package.json').engines.node);
  const has = numbers(version);
  const at = wanted.findIndex((number, place) => number !== has[place]);
  if (at === -1 || has[at] > wanted[at]) return null;
  return `Node ${has.join('.')} is too old: ${wanted[0]}.${wanted[1]} or newer is needed.`;
};

module.exports = { tooOld };
