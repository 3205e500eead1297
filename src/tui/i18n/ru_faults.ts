/**
 * Russian for what other rooms and the server say in English: why an address, a channel or what is kept can't be used, and
 * what is wrong with a parameter. In English their own sentences are shown.
 */
import type { AddressFault, ChannelFault } from '../../client/index.js';
import type { KeepFault } from '../keep/index.js';

const RU_CHANNEL = {
  pin_changed:
    'Отпечаток ключа (pin) сервера {place} изменился: отвечает не тот ключ, что в строке подключения. Возможно, кто-то посередине ' +
    'или сервер установлен заново. Ничего не отправлено; спросите хозяина сервера.',
  no_certificate: '{place}: сервер не показал сертификата.',
  untrusted_by_system:
    'Сертификат {place} не подписан никем, кому доверяет система этой машины (других называет NODE_EXTRA_CA_CERTS). ' +
    'Возьмите строку подключения, которую напечатал сервер: в ней есть pin.',
  untrusted_by_openssl:
    'Сертификат {place} не подписан никем, кому доверяет OpenSSL этой машины. ' +
    'Возьмите строку подключения, которую напечатал сервер: в ней есть pin.',
  untrusted_by_node:
    'Сертификат {place} не подписан никем из списка, который приходит с Node (других называет NODE_EXTRA_CA_CERTS; ' +
    'Node 22.15 и новее берёт список системы). Возьмите строку подключения, которую напечатал сервер: в ней есть pin.',
  not_valid_yet: 'Сертификат {place} действует только с {day}. Проверьте часы этой машины.',
  expired: 'Срок сертификата {place} вышел {day}. Его обновляет хозяин сервера.',
  chain_expired: 'Срок сертификата {place} или одного из тех, на которых он держится, вышел.',
  chain_not_valid_yet: 'Сертификат {place} или один из тех, на которых он держится, ещё не действует.',
  other_host: 'Сертификат {place} выдан другому хосту.',
  no_tls: '{place}: сервер не говорит на TLS. Возьмите строку подключения, которую он напечатал.',
  speaks_tls: 'Этот сервер говорит на TLS. Возьмите строку подключения, которую он напечатал.',
  old_tls: '{place}: сервер знает только TLS старше 1.3, а это недостаточно надёжно.',
} as const satisfies Readonly<Record<ChannelFault, string>>;

const RU_ADDRESS = {
  scheme: 'Строка подключения начинается с {scheme}',
  not_host_port: 'Перед вопросительным знаком должно стоять хост:порт.',
  host_form: 'Хост — это не имя и не IP-адрес.',
  not_ipv6: 'В скобках стоит не адрес IPv6.',
  ipv6_without_brackets: 'Адрес IPv6 пишется в скобках, например [::1]:7777.',
  port_range: 'Порт — это число от 1 до 65535.',
  unknown_part: 'После вопросительного знака могут стоять только key=…, pin=… и tls=ca.',
  part_twice: 'В строке подключения дважды указано {part}.',
  no_key_part: 'В строке подключения нет key=…',
  key_without_id: 'Ключ — это идентификатор, точка и сам ключ.',
  key_id_form: 'Идентификатор ключа в строке подключения — от 1 до 64 букв, цифр, подчёркиваний или дефисов.',
  key_form: 'Ключ в строке подключения — 32 байта в base64url, 43 знака.',
  key_length: 'Ключ — 32 байта.',
  pin_form: 'Pin — это «sha256-» и 32 байта в base64url, 43 знака.',
  pin_without_tls: 'Pin имеет смысл только с TLS.',
  tls_form: 'Для tls=… известно только tls=ca.',
  pin_and_authority: 'Если есть pin, tls=ca не нужно: оставьте что-то одно.',
  unreadable: 'Файл {path} не читается ({cause}).',
  not_ours:
    '{path} — ссылка, не файл или принадлежит кому-то другому и поэтому не используется: запустите от имени владельца папки данных.',
  file_not_json: 'В файле ключа {path} нет объекта JSON.',
  file_key_id_form: 'Идентификатор ключа в файле {path} — от 1 до 64 букв, цифр, подчёркиваний или дефисов.',
  file_key_form: 'Ключ в файле {path} — 32 байта в base64url, 43 знака.',
} as const satisfies Readonly<Record<AddressFault, string>>;

const RU_KEEP = {
  not_ours:
    '{path} принадлежит кому-то другому и поэтому не используется. Удалите его или смените владельца.',
  not_a_file: '{path} — ссылка или не файл и поэтому не используется. Удалите его.',
  open_to_others:
    "{path} доступен другим на этой машине и поэтому не используется. Выполните: chmod {mode} '{path}'",
  unreadable: '{path} не читается ({cause}). Проверьте владельца и права.',
  folder_unwritable: '{path}: запись не удалась ({cause}). Проверьте владельца и права.',
  unwritable: '{path}: запись не удалась ({cause}). Проверьте свободное место.',
  held: '{path} удерживает другая программа. Если такой нет, удалите файл.',
  damaged: '{path} повреждён. Удалите его: придётся войти снова.',
  newer:
    '{path} записан более новым auth-tui (формат {format}) и поэтому не тронут. Запустите его — или уберите файл и войдите снова.',
  name_form: 'Имя сервера — от 1 до 64 букв, цифр, точек, дефисов и подчёркиваний.',
  name_taken: 'Имя {name} уже у другого сервера. Выберите другое имя или забудьте тот сервер.',
  pin_changed:
    'PIN СЕРВЕРА {place} ИЗМЕНИЛСЯ с тех пор, как его запомнили под именем {name}. Возможно, кто-то посередине или сервер ' +
    'установлен заново. Ничего не отправлено. Спросите хозяина сервера; если новый pin верен: auth-tui servers forget {name}',
  tls_lost:
    'КАНАЛ ДО СЕРВЕРА {place} ИЗМЕНИЛСЯ с тех пор, как его запомнили под именем {name}: был TLS, а теперь был бы открытый TCP. ' +
    'Возможно, кто-то хочет читать, или сервер установлен заново. Ничего не отправлено. Спросите хозяина сервера; если всё ' +
    'верно: auth-tui servers forget {name}',
} as const satisfies Readonly<Record<KeepFault, string>>;

/** By the stable reason of a detail; a reason that isn't here shows what the server said. */
export const RU_REASONS: Readonly<Record<string, string>> = {
  missing: 'нужно указать.',
  too_short: 'слишком коротко или мало.',
  too_long: 'слишком длинно или много.',
  malformed: 'неверный вид.',
  not_allowed: 'недопустимое значение.',
  wrong_type: 'значение не того типа.',
  invalid: 'неверное значение.',
  unknown_parameter: 'такого параметра нет.',
  unknown_cursor: 'сервер не знает этого места в списке; начните сначала.',
  in_the_past: 'этот момент уже прошёл.',
  too_large: 'запрос больше, чем принимает сервер.',
  common: 'слишком частый: с таких начинают подбор.',
  repeated: 'один повторённый знак — не пароль.',
  sequence: 'идёт подряд по алфавиту, цифрам или клавишам.',
  context: 'имя записи или сервера либо прежний пароль.',
  reserved: 'это имя занято системой или похоже на занятое.',
  mixed_scripts: 'смешаны алфавиты.',
  character: 'есть недопустимый знак.',
  punctuation: 'в начале и в конце буква или цифра; . _ - по одному внутри.',
  no_letter: 'нужна хотя бы одна буква.',
  direction: 'имя, которое пишется справа налево, начинается с буквы.',
  local_part: 'до @ — слова, между ними по одной точке.',
  lone_surrogate: 'в тексте половина знака.',
  null_character: 'в тексте знак U+0000.',
  noncharacter: 'в тексте код, которому не соответствует никакой знак, например U+FFFE.',
  domain: 'после @ — имя домена, например example.org.',
};

/** All of them, by where they come from. */
export const RU_FAULTS = { address: RU_ADDRESS, keep: RU_KEEP, channel: RU_CHANNEL } as const;
