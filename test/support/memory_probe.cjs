'use strict';
// Loaded into a server with --require, in both of its threads: on SIGUSR2 each collects its garbage, then the main thread
// writes what is left to the file PORTCULLIS_MEMORY_PROBE. What a server holds can't be told from its RSS alone: V8 puts
// off collecting its old space for minutes. Knows nothing of the server.
const { renameSync, writeFileSync } = require('node:fs');
const { getHeapCodeStatistics, getHeapSpaceStatistics, setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { BroadcastChannel, isMainThread } = require('node:worker_threads');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const channel = new BroadcastChannel('memory probe');
channel.unref();

const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);

/**
 * What this thread still uses, in bytes. `objects`: the objects, and what they hold outside of the heap. Machine code and
 * what belongs to it are left out: V8 makes more for as long as it finds something to optimise, which is no fault of the
 * server. `heap`: memory that V8 has from the system for all of it, free or not.
 */
function held() {
  for (let times = 0; times < 3; times += 1) collect();
  const { heapUsed, external } = process.memoryUsage();
  const { code_and_metadata_size, bytecode_and_metadata_size } = getHeapCodeStatistics();
  return {
    objects: heapUsed + external - code_and_metadata_size - bytecode_and_metadata_size,
    heap: sum(getHeapSpaceStatistics().map(({ physical_space_size }) => physical_space_size)),
  };
}

if (isMainThread) {
  const file = process.env.PORTCULLIS_MEMORY_PROBE;
  let readings = 0;
  channel.onmessage = ({ data }) => {
    if (data.writer === undefined) return;
    readings += 1;
    const reading = { reading: readings, main: held(), writer: data.writer, rss: process.memoryUsage.rss() };
    writeFileSync(`${file}.new`, JSON.stringify(reading));
    renameSync(`${file}.new`, file);
  };
  process.on('SIGUSR2', () => channel.postMessage('read'));
} else {
  channel.onmessage = ({ data }) => {
    if (data === 'read') channel.postMessage({ writer: held() });
  };
}
