// Imported before everything else by the scripts that people start: ends them with one sentence when Node is too old.
// Modules are run in the order in which they are named, so whatever stands behind this one isn't run any more.
import { createRequire } from 'node:module';

const { tooOld } = createRequire(import.meta.url)('../bin/node_version.js');
const sentence = tooOld(process.version);
if (sentence !== null) {
  console.error(sentence);
  process.exit(1);
}
