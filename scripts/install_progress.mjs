// What an install is at, and why it failed, read off what npm and the compilers under it say. Pure.

/** Returns what the install is at after a line, or null when the line says nothing of it. */
export function doingAfter(line) {
  const script = /^> (@?[^@\s]+)@\S+ (?:pre|post)?install\b/.exec(line);
  if (script !== null) return `setting up ${script[1]}`;
  const compiled = /^\s*(?:CC|CXX)\([^)]*\) .*?([^/\s]+)\.o$/.exec(line);
  if (compiled !== null) return `compiling ${compiled[1]}`;
  if (/^\s*SOLINK/.test(line)) return 'linking';
  if (/node-gyp (?:re)?build|prebuild-install warn/.test(line)) return 'compiling';
  return null;
}

/** Returns how the install is told to be going: `  40 s: better-sqlite3, compiling sqlite3`. */
export const progressText = (seconds, what) => `  ${seconds} s: ${what}`;

/**
 * Returns a sentence about what is needed to compile and is not there, or null. `found` says which of the programs are there:
 * the first of each kind that is.
 */
export function missingText({ compiler, make, python }) {
  const missing = [
    ...(compiler === null ? ['a C++ compiler (c++, g++ or clang++)'] : []),
    ...(make === null ? ['make'] : []),
    ...(python === null ? ['Python 3 (python3)'] : []),
  ];
  if (missing.length === 0) return null;
  const [last, ...rest] = missing.reverse();
  const all = rest.length === 0 ? last : `${rest.reverse().join(', ')} and ${last}`;
  return (
    `better-sqlite3 and node-pty are compiled here, and ${all} can not be found. Unless there is a build of them for this ` +
    'machine to fetch, the install will fail. On Debian and Ubuntu: apt-get install build-essential python3'
  );
}

const NO_HEADERS =
  /gyp ERR! .*(?:status code downloading|response downloading|headers|nodejs\.org)|gyp (?:http|ERR!) .*(?:node-v[\d.]+-headers|nodejs\.org).*(?:4\d\d|5\d\d|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN)|FetchError.*nodejs\.org/;
const NO_NETWORK =
  /npm (?:ERR!|error) (?:code|errno) (?:ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|E401|E403|E404|E5\d\d)/;
const NO_SPACE = /ENOSPC/;
const NO_RIGHTS = /npm (?:ERR!|error) (?:code|errno) (?:EACCES|EPERM|EROFS)/;
const NO_PYTHON = /gyp ERR! find Python/;
const NO_COMPILER =
  /gyp ERR! .*(?:not found: make|find VS)|(?:g\+\+|c\+\+|cc|clang\+\+|make): (?:command )?not found/;

/** Returns why an install has failed, in a sentence with what to do, by what was said. `missing` is the sentence from before. */
export function whyFailed(said, missing) {
  if (NO_SPACE.test(said)) return 'The disk is full. Make room, then try again.';
  if (NO_RIGHTS.test(said)) return 'npm may not write here: look at the owner of this folder and of ~/.npm.';
  if (NO_HEADERS.test(said))
    return (
      "Node's headers, which compiling needs, could not be fetched from nodejs.org. Where they are on this machine already, say so: " +
      'npm_config_nodedir=FOLDER, the one in which include/node/node.h is. The compiler is not to blame.'
    );
  if (NO_NETWORK.test(said))
    return 'The packages could not be fetched. Look at the network and the registry of npm.';
  if (NO_PYTHON.test(said))
    return 'Python 3 is needed to compile better-sqlite3. On Debian and Ubuntu: apt-get install python3';
  if (NO_COMPILER.test(said))
    return 'A C++ compiler and make are needed for better-sqlite3. On Debian and Ubuntu: apt-get install build-essential';
  return missing ?? 'What npm said is above.';
}
