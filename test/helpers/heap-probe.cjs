// Required by every Node process of a hub whose memory is looked at: on SIGUSR2 it collects its garbage and writes down
// what is left, in bytes. What the system has given it says little: V8 keeps what it may need again.
const { appendFileSync } = require('node:fs');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { isMainThread } = require('node:worker_threads');

const folder = process.env.CDP_HUB_TEST_HEAPS;

if (isMainThread && folder) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  process.on('SIGUSR2', () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    appendFileSync(join(folder, `${process.pid}`), `${heapUsed + external}\n`);
  });
}
