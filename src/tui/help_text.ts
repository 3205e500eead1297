/** What `--help` prints. */
import type { Language } from './i18n/index.js';
import { DEFAULT_PORT } from '../protocol/index.js';

const HELP = {
  en: `auth-tui: sign in to a Portcullis server, look after your account, and administer users.

Usage: auth-tui [options] [HOST:PORT]
       auth-tui [options] COMMAND …    see: auth-tui help

  --host HOST      server to connect to (AUTH_HOST; 127.0.0.1)
  --port PORT      its port (AUTH_PORT; ${DEFAULT_PORT})
  --data FOLDER    data folder of a server on this machine: its client key and
                   setup code are found there (AUTH_DATA; ./data)
  --server NAME    a known server (auth-tui servers list)
  --connection-file FILE
                   file with the portcullis:// address of a server
                   (PORTCULLIS: the address itself)
  --insecure-plain everyone-may-read-the-passwords
                   plain TCP to other machines as well: only for networks
                   that encrypt by themselves
  --new            for somebody else: the form, whoever is kept; both stay
                   signed in then
  --as NAME        the kept account NAME (auth-tui accounts); else the one
                   that was used last here
  --demo           a server of 10,000 invented people, gone when you leave
  --lang en|ru     language (else LC_ALL, LC_MESSAGES or LANG)
  --theme THEME    ansi (the terminal's own colours), mono, dark, light,
                   high-contrast, or auto: dark or light by the terminal
  --ascii          no signs beyond ASCII
  --accessible     plain lines for screen readers (ACCESSIBLE=1)
  --help           this text
  --version        the version

The portcullis:// address of a server elsewhere holds a key, so it is no
argument: auth-tui servers add asks for it once. Without any address: the server of ./data, else the known one used last; its
stored session is resumed.
Exit codes: 0 done, 64 wrong usage or no terminal, 69 no demo, 70 a fault in
the program, 78 wrong settings (tui.json), 128 and more a signal; of commands
also 1, 2, 74, 75, 77, 130: see auth-tui help.
`,
  ru: `auth-tui: вход на сервер Portcullis, своя учётная запись и управление пользователями.

Вызов: auth-tui [параметры] [ХОСТ:ПОРТ]
       auth-tui [параметры] КОМАНДА …   см. auth-tui help

  --host HOST      сервер (AUTH_HOST; 127.0.0.1)
  --port PORT      его порт (AUTH_PORT; ${DEFAULT_PORT})
  --data FOLDER    папка данных сервера на этой машине: в ней ключ клиента и
                   код установки (AUTH_DATA; ./data)
  --server NAME    известный сервер (auth-tui servers list)
  --connection-file FILE
                   файл с адресом portcullis:// сервера
                   (PORTCULLIS: сам адрес)
  --insecure-plain everyone-may-read-the-passwords
                   открытый TCP и до других машин: только для сетей,
                   которые шифруют сами
  --new            для кого-то ещё: форма входа, кто бы ни был сохранён;
                   дальше сохранены оба
  --as NAME        сохранённая запись NAME (auth-tui accounts); иначе та,
                   которой здесь пользовались последней
  --demo           сервер с 10 000 вымышленных людей, исчезает на выходе
  --lang en|ru     язык (иначе LC_ALL, LC_MESSAGES или LANG)
  --theme THEME    ansi (цвета терминала), mono, dark, light, high-contrast
                   или auto: тёмная или светлая, как терминал
  --ascii          только знаки ASCII
  --accessible     простые строки для программ экранного доступа (ACCESSIBLE=1)
  --help           этот текст
  --version        версия

В адресе portcullis:// сервера на другой машине есть ключ, поэтому он не бывает
аргументом: auth-tui servers add спросит его один раз. Без адреса: сервер папки ./data, иначе известный, который был последним; его
сохранённый сеанс продолжается.
Коды выхода: 0 — всё хорошо, 64 — неверный вызов или нет терминала, 69 — демо не
запустилось, 70 — ошибка программы, 78 — неверные настройки (tui.json), от 128 — сигнал;
у команд ещё 1, 2, 74, 75, 77, 130: auth-tui help.
`,
} as const satisfies Record<Language, string>;

export const helpText = (language: Language): string => HELP[language];
