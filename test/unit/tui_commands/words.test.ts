/** No command, option, column or value is without its words in a language, and Russian is Russian. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ACCOUNT_STATUSES, ACTIONS, BUILT_IN_ROLE_NAMES } from '../../../src/protocol/index.js';
import { ADDRESS_ERRORS, CHANNEL_ERRORS } from '../../../src/client/errors.js';
import { GLOBAL_FLAGS } from '../../../src/tui/commands/command_words.js';
import { COMMANDS } from '../../../src/tui/commands/commands.js';
import { EXIT } from '../../../src/tui/commands/exit_codes.js';
import { FACTS } from '../../../src/tui/commands/facts.js';
import { commandHelp, commandsHelp } from '../../../src/tui/commands/help.js';
import { failureOf, refusalOf, sentenceOf } from '../../../src/tui/commands/told.js';
import {
  COMMAND_DICTIONARIES,
  wordsOf,
  type OptionText,
  type WordGroup,
} from '../../../src/tui/commands/words/index.js';
import { RU_FAULTS, RU_REASONS } from '../../../src/tui/i18n/ru_faults.js';
import { AddressError } from '../../../src/tui/reach/address.js';
import { Refusal } from '../../../src/tui/reach/one_shot.js';
import { LANGUAGES, PROBLEM_CODES, type Message } from '../../../src/tui/i18n/index.js';
import { KeepError } from '../../../src/tui/keep/index.js';
import { KEEP_ERRORS } from '../../../src/tui/keep/keep_error.js';
import { runLine } from '../../support/command_line.js';

const SOURCES = join(import.meta.dirname, '../../../src/tui/commands');
const EN = COMMAND_DICTIONARIES.en;
const RU = COMMAND_DICTIONARIES.ru;
const GROUPS = Object.keys(EN) as WordGroup[];
const entries = (group: WordGroup): [string, Message, Message][] =>
  Object.keys(EN[group]).map((key) => [
    key,
    (EN[group] as Record<string, Message>)[key]!,
    (RU[group] as Record<string, Message>)[key]!,
  ]);
const forms = (message: Message): string[] =>
  typeof message === 'string' ? [message] : Object.values(message);
const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort();

/** What is written in Latin letters in every language: what is typed, and names. */
const TYPED = new RegExp(
  [
    '\\{\\w+\\}',
    ...COMMANDS.map(({ name }) => `auth-tui ${name}`).sort((a, b) => b.length - a.length),
    'auth-tui help',
    'auth-tui',
    'portcullis',
    '--?[a-z-]+',
    '"keys"|true|false|chmod 600|docs/keys\\.md',
    'AUTH_\\w+|XDG_CONFIG_HOME|HOME|LC_\\w+|LANG|Ctrl',
    'wiki:write|roles permissions|permissions\\.check|--may|\\bnone\\b|next_cursor|stale_version|client_key|users suspend|(key|pin|tls)=\\S*',
    '\\bpin\\b|sha256|base64url|UTF-8|IPv6|IP|TLS|JSON|chmod|example\\.org|\\./data|\\ben\\b|\\bru\\b|en\\|ru|\\b(user|local|json|id)\\b',
    'p50|p99',
  ].join('|'),
  'gi',
);

describe.each(GROUPS)('%s', (group) => {
  test('both languages have the same keys', () => {
    expect(Object.keys(RU[group]).sort()).toEqual(Object.keys(EN[group]).sort());
  });
  test.each(entries(group))('%s has words, with the same places in every form', (_key, english, russian) => {
    const wanted = new Set(forms(english).flatMap(places));
    for (const form of [...forms(english), ...forms(russian)]) {
      expect(form.trim()).not.toBe('');
      expect(new Set(places(form))).toEqual(wanted);
    }
    // Russian plurals have three forms of their own.
    if (typeof english !== 'string') expect(Object.keys(russian)).toEqual(['one', 'few', 'many', 'other']);
  });
  test.each(entries(group))('%s is no English left over', (_key, _english, russian) => {
    for (const form of forms(russian)) expect(form.replace(TYPED, '')).not.toMatch(/[A-Za-z]{3}/);
  });
});

describe('every text is used, and what is used is there', () => {
  test('commands, their options and their arguments', () => {
    expect(Object.keys(EN.commands).sort()).toEqual(COMMANDS.map(({ name }) => name).sort());
    const specs = [...COMMANDS.map(({ flags }) => flags), GLOBAL_FLAGS].flatMap((flags) =>
      Object.values<{ text: OptionText; value?: string }>(flags),
    );
    expect([...new Set(specs.map(({ text }) => text))].sort()).toEqual(Object.keys(EN.options).sort());
    const shown = [
      ...specs.flatMap(({ value }) => (value === undefined ? [] : [value])),
      ...COMMANDS.flatMap(({ args }) => args.map(({ name }) => name)),
    ];
    expect([...new Set(shown)].sort()).toEqual(Object.keys(EN.places).sort());
    expect(Object.keys(EN.exits).sort()).toEqual(Object.keys(EXIT).sort());
  });
  test('columns, labels, values and sentences', () => {
    const source = readdirSync(SOURCES)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(SOURCES, name), 'utf8'))
      .join('\n');
    const computed = /^(method|failure|kind) |^(active|pending|suspended)$/;
    for (const group of ['columns', 'labels', 'values', 'measures', 'says', 'help'] as const) {
      const unused = Object.keys(EN[group]).filter(
        (key) => !computed.test(key) && !source.includes(`'${key}'`) && !isChoiceFault(key),
      );
      expect([group, unused]).toEqual([group, []]);
    }
  });
  test('every word that the server can answer with', () => {
    const entry = ACTIONS.login_history.result.shape.entries.element.shape;
    const kind = ACTIONS.verify_token.result.shape.subject.unwrap().shape.kind;
    const wanted = [
      ...ACCOUNT_STATUSES,
      ...entry.method.options.map((word) => `method ${word}`),
      ...entry.failure.unwrap().options.map((word) => `failure ${word}`),
      ...kind.options.map((word) => `kind ${word}`),
    ];
    for (const word of wanted)
      for (const language of LANGUAGES) {
        expect(COMMAND_DICTIONARIES[language].values).toHaveProperty([word]);
      }
  });
});

/** Sentences of another room's faults, which are found by the fault's name. */
const isChoiceFault = (key: string): boolean => key === 'port_takes' || key === 'server_alone';

describe('help', () => {
  test.each(LANGUAGES)('has no empty place in %s', (language) => {
    const words = wordsOf(language);
    for (const help of [commandsHelp(words), ...COMMANDS.map((command) => commandHelp(words, command))]) {
      expect(help).not.toMatch(/\{\w+\}/);
    }
  });
  test('names are those that are typed, in every language', () => {
    for (const language of LANGUAGES) {
      const help = commandsHelp(wordsOf(language));
      for (const { name } of COMMANDS) expect(help).toContain(name);
      for (const flag of Object.keys(GLOBAL_FLAGS)) expect(help).toContain(`--${flag}`);
    }
    for (const fact of [FACTS.roles, FACTS.statuses]) expect(fact).toMatch(/^[a-z, ]+$/);
    expect(FACTS.roles.split(', ')).toEqual([...BUILT_IN_ROLE_NAMES]);
  });
});

describe('refusals', () => {
  const ru = wordsOf('ru');
  const en = wordsOf('en');
  test.each(PROBLEM_CODES)('%s is told in Russian; the document stays English', (code) => {
    const refusal = new Refusal(code, 'The server said so.', {
      details: [{ path: 'user.phone', reason: 'too_short', message: 'It is too short.' }],
      retry_after_ms: 1200,
    });
    expect(sentenceOf(refusal, ru)).toMatch(/^[А-Я].*phone: слишком коротко.* \(2 с\)$/);
    expect(sentenceOf(refusal, en)).toBe('The server said so. phone: It is too short. (2 s)');
    expect(failureOf(refusal)).toMatchObject({ code, error: 'The server said so.', retry_after_ms: 1200 });
  });
  test('what another room says in English has its Russian, with the same places', () => {
    for (const [own, theirs] of [
      [RU_FAULTS.address, ADDRESS_ERRORS],
      [RU_FAULTS.keep, KEEP_ERRORS],
      [RU_FAULTS.channel, CHANNEL_ERRORS],
    ] as const) {
      expect(Object.keys(own).sort()).toEqual(Object.keys(theirs).sort());
      for (const [key, russian] of Object.entries(own)) {
        const english = (theirs as Record<string, string>)[key]!;
        expect(new Set(places(russian))).toEqual(new Set(places(english)));
        expect(russian).toMatch(/[а-я]/);
      }
    }
    for (const russian of Object.values(RU_REASONS)) expect(russian).toMatch(/^[а-я].*\.$/);
  });
  test.each([
    [new AddressError('part_twice', { part: 'pin' }), 'bad_address', /дважды указано pin/],
    [new KeepError('damaged', { path: '/x/y' }), 'keep_unusable', /^\/x\/y повреждён/],
    [new KeepError('pin_changed', { name: 'lab', place: 'h:1' }), 'pin_changed', /servers forget lab/],
  ])('%s', (error, code, russian) => {
    const refusal = refusalOf(error)!;
    expect(refusal.code).toBe(code);
    expect(refusal.message).toBe(error.message);
    expect(sentenceOf(refusal, en)).toBe(error.message);
    expect(sentenceOf(refusal, ru)).toMatch(russian);
  });
});

describe('a line that can not be understood', () => {
  test.each([
    [['users', 'explode']],
    [['users', 'get']],
    [['whoami', 'more']],
    [['whoami', '--colour', 'red']],
    [['whoami', '--json=yes']],
    [['whoami', '--port', '0']],
    [['whoami', '--server', 'lab', '--host', 'x']],
    [['login', 'anna', '--account', 'boris']],
    [['login', 'anna', '--password', 'hunter2']],
    [['login', 'anna']],
    [['login', 'anna', '--password-stdin']],
    [['users', 'list', '--limit', 'many']],
    [['users', 'list', '--role', 'emperor']],
    [['users', 'delete', 'anna']],
    [['profile', 'set', 'x']],
    [['sessions', 'end', 'x']],
    [['clients', 'revoke', 'local']],
    [['servers', 'add', 'x']],
    [['servers', 'add', 'portcullis://x']],
    [['--host', 'a b', 'server', 'info']],
  ])('%j: Russian for people, the same document', async (argv) => {
    const english = await runLine([...argv, '--json']);
    const russian = await runLine([...argv, '--json', '--lang', 'ru']);
    expect(russian.out).toBe(english.out);
    expect(russian.code).toBe(english.code);
    expect(english.err).toMatch(/^auth-tui: [^а-я]{15,}$/s);
    expect(russian.err).toMatch(/[а-я]/);
  });
});
