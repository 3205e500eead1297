/** Russian: client keys, what programs and machines prove before they are heard. */
import type { EN_CLIENT_KEYS } from './en_client_keys.js';
import type { Message } from './message.js';

export const RU_CLIENT_KEYS = {
  client_keys_title: 'Ключи клиентов',
  client_keys_count: {
    one: '{count} ключ',
    few: '{count} ключа',
    many: '{count} ключей',
    other: '{count} ключа',
  },
  client_keys_search: 'имя, номер',
  client_keys_empty: 'Ключей нет.',
  client_keys_no_match: 'Ничего не найдено. c очищает поиск.',
  col_state: 'СОСТОЯНИЕ',
  col_last_used: 'ИСПОЛЬЗОВАН',
  col_key_id: 'НОМЕР КЛЮЧА',
  col_created: 'СОЗДАН',
  client_key_state_local: 'файл ключа',
  client_key_state_valid: 'действует',
  client_key_state_until: 'до {when}',
  client_key_state_rotating: 'заменяется',
  client_key_state_ended: 'истёк {when}',
  client_key_state_revoked: 'отозван {when}',
  this_program: 'здесь, сейчас',
  field_key_id: 'Номер ключа',
  field_state: 'Состояние',
  field_key_created: 'Создан',
  field_key_ends: 'Истекает',
  field_last_used: 'Использован',
  field_old_key_until: 'Старый до',
  field_old_key_used: 'Старый использован',
  field_next_key_made: 'Новый создан',
  field_next_key_used: 'Новый использован',
  client_key_no_end: 'Он действует, пока его не отзовут.',
  client_key_local_note: 'Этот ключ лежит в файле на машине сервера: его меняют там, а не здесь.',
  client_key_ended_note: 'Срок этого ключа вышел: с ним уже никто не соединится, менять нечего.',
  client_key_revoked_note: 'Этот ключ отозван: с ним уже никто не соединится, менять нечего.',
  act_rotate: 'Заменить…',
  act_revoke: 'Отозвать…',

  create_client_key_title: 'Новый ключ клиента',
  create_client_key_submit: 'Создать ключ',
  create_client_key_note:
    'Программа или машина доказывает, что знает этот ключ, прежде чем сервер её слушает. Вы получите его здесь, один раз.',
  field_key_days: 'Срок в днях',
  field_key_days_note: 'Если пусто, действует, пока не отзовут.',
  field_whole_number: 'Целое число от {min} до {max}.',
  rotate_client_key_title: 'Замена: {name}',
  rotate_client_key_submit: 'Создать новый',
  rotate_client_key_note:
    'Новый ключ вы получите здесь, один раз. Старый действует ещё некоторое время, чтобы новый успели передать всем программам.',
  rotate_client_key_again:
    'Замена уже идёт: её старый ключ (использован: {when}) сразу перестанет действовать, и его соединения закроются.',
  rotate_client_key_own: 'С этим ключом соединена и эта программа: дайте новый и ей.',
  field_overlap_hours: 'Часов у старого',
  field_overlap_none: 'Он сразу перестанет действовать, и все его соединения закроются.',

  new_key_title: 'Ключ клиента {name}',
  new_key_address: 'Адрес portcullis:// с ним:',
  new_key_alone: 'Только ключ:',
  new_key_note: 'Храните его как пароль. Он показан только здесь и только сейчас.',
  new_key_loopback: '{host} — сама машина сервера: для другой поставьте вместо этого имя сервера.',
  old_key_until: 'Старый ключ действует до {when}.',
  old_key_ended: 'Старый ключ больше не действует.',

  confirm_revoke_key_title: 'Отозвать ключ {name}?',
  confirm_revoke_key:
    '{key_id}: его соединения сразу закроются, и с ним больше никто не соединится. Вернуть нельзя.',
  confirm_revoke_key_own:
    'Это ключ самой этой программы: она потеряет сервер, и ей понадобится другой адрес portcullis://.',
  confirm_type_key: 'Для подтверждения введите имя ключа',
  client_key_is_revoked: 'Ключ {name} отозван.',
} as const satisfies Readonly<Record<keyof typeof EN_CLIENT_KEYS, Message>>;
