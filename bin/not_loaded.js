'use strict';
// Says in one sentence why a program's files could not be loaded, and what to do.

/** Returns the sentence for an error of `import()`. */
const whyNotLoaded = (error) => {
  const { code, message } = error;
  if (code === 'EMFILE') {
    return 'this process may open too few files to load the program. Raise the limit, for example with: ulimit -n 1024';
  }
  if (code === 'ENFILE') return 'this machine has too many files open. Close other programs, then try again.';
  if (code === 'ERR_MODULE_NOT_FOUND' && /[/\\]dist[/\\][^/\\]+' imported/.test(message)) {
    return 'the program is not built. Run: npm run build';
  }
  if (code === 'MODULE_NOT_FOUND' && /^Cannot find module '[^']*[/\\]dist[/\\]/.test(message)) {
    return 'the program is not built. Run: npm run build';
  }
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    const name = /'([^']+)'/.exec(message)?.[1] ?? 'a package';
    return `${name} is missing. Install the packages with: npm ci`;
  }
  return `the program can not be loaded (${message}). Build it anew with: npm run build`;
};

module.exports = { whyNotLoaded };
