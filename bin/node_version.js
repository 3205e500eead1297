'use strict';
// Tells in one sentence that Node is too old, before anything is loaded that an old Node can't even read. So this file and
// those that load it first keep to what Node 10 reads: a test has them parsed as that.

/** Returns the sentence for a version of Node that package.json doesn't allow, or null: `v18.20.1`; in Russian where told so. */
const tooOld = (version, russian) => {
  const numbers = (text) =>
    text
      .replace(/^[^0-9]+/, '')
      .split('.')
      .map(Number);
  const wanted = numbers(require('../package.json').engines.node);
  const has = numbers(version);
  const at = wanted.findIndex((number, place) => number !== has[place]);
  if (at === -1 || has[at] > wanted[at]) return null;
  const least = `${wanted[0]}.${wanted[1]}`;
  return russian
    ? `Node ${has.join('.')} слишком стар: нужен ${least} или новее.`
    : `Node ${has.join('.')} is too old: ${least} or newer is needed.`;
};

module.exports = { tooOld };
