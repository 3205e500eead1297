/** What other rooms find wrong reaches people in their language, in full: addresses, channels, what is kept, parameters. */
import { describe, expect, test } from 'vitest';
import { ADDRESS_ERRORS, AddressError, channelFailure, CHANNEL_ERRORS } from '../../../src/client/errors.js';
import { KEEP_ERRORS, KeepError } from '../../../src/tui/keep/keep_error.js';
import {
  addressFault,
  channelFault,
  faultSentence,
  keepFault,
  problem,
  type Fault,
} from '../../../src/tui/i18n/index.js';
import { RU_REASONS } from '../../../src/tui/i18n/ru_faults.js';
import { chooseServer } from '../../../src/tui/reach/index.js';
import { translatorOf } from '../../../src/tui/i18n/index.js';
import { problemWords } from '../../../src/tui/components/index.js';
import { addToast } from '../../../src/tui/state/index.js';
import { NOW } from '../../support/accounts.js';
import { renderApp } from '../../support/render_app.js';

const ABOUT = {
  path: '/srv/anna/x',
  cause: 'EACCES',
  mode: '600',
  name: 'lab',
  place: 'gate.example.test, port 7777',
  host: 'gate.example.test',
  part: 'key',
  scheme: 'portcullis://',
  day: '2026-01-02',
  format: '9',
};
const keys = <T extends object>(of: T): (keyof T)[] => Object.keys(of) as (keyof T)[];

const FAULTS: readonly (readonly [string, Fault])[] = [
  ...keys(ADDRESS_ERRORS).map(
    (name) => [`address ${name}`, addressFault(new AddressError(name, ABOUT))] as const,
  ),
  ...keys(KEEP_ERRORS).map((name) => [`keep ${name}`, keepFault(new KeepError(name, ABOUT))] as const),
  ...keys(CHANNEL_ERRORS).map((fault) => {
    const { message } = channelFailure('not_portcullis', fault, ABOUT);
    return [`channel ${fault}`, channelFault({ fault, about: ABOUT }, message)] as const;
  }),
];

/** What is no word of a language: names, commands, terms of the wire. */
const TERMS =
  /portcullis:\/\/|NODE_EXTRA_CA_CERTS|OpenSSL|Node|auth-tui servers forget lab|auth-tui|gate\.example\.test(?:, port 7777)?|--use-bundled-ca|\/srv\/anna\/x|EACCES|chmod 600|sha256-|base64url|(?:key|pin|tls)=…?(?:ca)?|TLS|TCP|IPv6|IP|JSON|PIN|Pin|pin|U\+[0-9A-F]+|\blab\b|\bkey\b/g;

describe.each(FAULTS)('%s', (_name, fault) => {
  test('is a Russian sentence in Russian, and the English one in English; each place has its value', () => {
    const russian = faultSentence('ru', fault);
    expect(russian).toMatch(/[а-яё]/);
    expect(russian.replace(TERMS, '')).not.toMatch(/[A-Za-z]{3}/);
    expect(russian).not.toMatch(/[{}]/);
    expect(faultSentence('en', fault)).not.toMatch(/[{}]|[а-яё]/);
  });
  test.each(['en', 'ru'] as const)('is told in full where there is little room: %s', (language) => {
    using app = renderApp({ cols: 60, rows: 20, language });
    app.store.setState(addToast('error', { problem: problem('keep_unusable', { fault }) }, NOW));
    const shown = app.text().replace(/\s+/g, ' ');
    expect(shown).toContain(faultSentence(language, fault).replace(/\s+/g, ' '));
  });
});

describe('a channel that can not be used', () => {
  test.each([
    ['pin_changed', 'The pin of', 'Отпечаток ключа (pin)'],
    ['no_tls', 'does not speak TLS', 'не говорит на TLS'],
    ['speaks_tls', 'This server speaks TLS', 'Этот сервер говорит на TLS'],
  ] as const)('%s is said in the banner, not that something else is there', (name, english, russian) => {
    const { message } = channelFailure('not_portcullis', name, ABOUT);
    const fault = channelFault({ fault: name, about: ABOUT }, message);
    const connection = { name: 'closed', code: 'not_portcullis', error_code: null, fault } as const;
    using en = renderApp({ state: { connection } });
    expect(en.text()).toContain(english);
    expect(en.text()).not.toContain('no Portcullis server');
    using ru = renderApp({ state: { connection }, language: 'ru' });
    expect(ru.text()).toContain(russian);
  });
});

describe('an address that is none', () => {
  test('the connect screen says why, in the language in force', async () => {
    const choice = {
      server: null,
      typed: 'portcullis://gate.example.test:7777?key=k_1.x',
      data_folder: '/nowhere',
      keep_folder: null,
    };
    const outcome = chooseServer(choice, null);
    if (outcome.ok) throw new Error('that is no key');
    const screens = [{ name: 'sign_in' }, { name: 'connect' }] as const;
    using app = renderApp({ state: { screens }, language: 'ru', effects: { connectTo: () => outcome } });
    app.press('\r');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(app.text().replace(/[│\s]+/g, ' ')).toContain('Ключ в строке подключения — 32 байта в base64url');
  });
});

test('every reason that a parameter can be wrong for has Russian words in forms', () => {
  const t = translatorOf('ru');
  for (const reason of Object.keys(RU_REASONS)) {
    const details = [{ path: 'user.email', reason, message: 'English of the server.' }];
    const { fields } = problemWords(t, 'ru', problem('invalid_params', { details }));
    expect(fields['email']).toMatch(/^[А-ЯЁ][^a-z]*/);
    expect(fields['email']).not.toContain('English');
  }
});
