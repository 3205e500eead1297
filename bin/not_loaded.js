'use strict';
// Says in one sentence why a program's files could not be loaded, and what to do.

const EN = {
  few_files:
    'this process may open too few files to load the program. Raise the limit, for example with: ulimit -n 1024',
  machine_full: 'this machine has too many files open. Close other programs, then try again.',
  not_built: 'the program is not built. Run: npm run build',
  a_package: 'a package',
  missing: (name) => `${name} is missing. Install the packages with: npm ci`,
  other: (message) => `the program can not be loaded (${message}). Build it anew with: npm run build`,
};
const RU = {
  few_files:
    'этому процессу нельзя открыть столько файлов, сколько нужно программе. Поднимите предел, например: ulimit -n 1024',
  machine_full:
    'на этой машине открыто слишком много файлов. Закройте другие программы и попробуйте ещё раз.',
  not_built: 'программа не собрана. Выполните: npm run build',
  a_package: 'пакета',
  missing: (name) => `не хватает ${name}. Установите пакеты: npm ci`,
  other: (message) => `программа не загружается (${message}). Соберите её заново: npm run build`,
};

/** Returns the sentence for an error of `import()`; in Russian where told so. */
const whyNotLoaded = (error, russian) => {
  const says = russian ? RU : EN;
  const { code, message } = error;
  if (code === 'EMFILE') return says.few_files;
  if (code === 'ENFILE') return says.machine_full;
  if (code === 'ERR_MODULE_NOT_FOUND' && /[/\\]dist[/\\][^/\\]+' imported/.test(message))
    return says.not_built;
  if (code === 'MODULE_NOT_FOUND' && /^Cannot find module '[^']*[/\\]dist[/\\]/.test(message))
    return says.not_built;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    const [, name = says.a_package] = /'([^']+)'/.exec(message) || [];
    return says.missing(name);
  }
  return says.other(message);
};

module.exports = { whyNotLoaded };
