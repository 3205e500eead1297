/** What `--help` prints. */
import type { Language } from './i18n/message.js';
import { DEFAULT_PORT } from '../protocol/index.js';

const HELP = {
  en: `auth-tui: sign in to a Portcullis server, look after your account, and administer users.

Usage: auth-tui [options] [portcullis://…]

  --host HOST      server to connect to (AUTH_HOST; 127.0.0.1)
  --port PORT      its port (AUTH_PORT; ${DEFAULT_PORT})
  --data FOLDER    data folder of a server on this machine: its client key and
                   setup code are found there (AUTH_DATA; ./data)
  --lang en|ru     language (else LC_ALL, LC_MESSAGES or LANG)
  --ascii          no signs beyond ASCII
  --help           this text
  --version        the version

For a server elsewhere give its portcullis:// address, which holds the key.
Exit codes: 0 done, 64 wrong usage or no terminal, 70 a fault in the program.
`,
  ru: `auth-tui: вход на сервер Portcullis, своя учётная запись и управление пользователями.

Вызов: auth-tui [параметры] [portcullis://…]

  --host HOST      сервер (AUTH_HOST; 127.0.0.1)
  --port PORT      его порт (AUTH_PORT; ${DEFAULT_PORT})
  --data FOLDER    папка данных сервера на этой машине: в ней ключ клиента и
                   код установки (AUTH_DATA; ./data)
  --lang en|ru     язык (иначе LC_ALL, LC_MESSAGES или LANG)
  --ascii          только знаки ASCII
  --help           этот текст
  --version        версия

Для сервера на другой машине укажите его адрес portcullis://, в нём есть ключ.
Коды выхода: 0 — всё хорошо, 64 — неверный вызов или нет терминала, 70 — ошибка программы.
`,
} as const satisfies Record<Language, string>;

export const helpText = (language: Language): string => HELP[language];
