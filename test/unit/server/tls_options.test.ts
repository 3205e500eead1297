/** Which channel the options ask for. */
import { describe, expect, test } from 'vitest';
import { servesTls } from '../../../src/server/channel/channel.js';
import { ConfigError, helpText, loadConfig } from '../../../src/server/config.js';

const config = (flags: Record<string, string>): ReturnType<typeof loadConfig> =>
  loadConfig({ data: '/nonexistent', ...flags }, {});
const INSECURE = 'everyone-may-read-the-passwords';

describe('TLS or plain TCP', () => {
  test.each<[string, boolean, Record<string, string>]>([
    ['nothing is said', false, {}],
    ['the host is localhost', false, { host: 'localhost' }],
    ['the host is ::1', false, { host: '::1' }],
    ['the host is mapped loopback', false, { host: '::ffff:127.0.0.1' }],
    ['TLS is asked for on loopback', true, { tls: 'on' }],
    ['a certificate is brought', true, { 'tls-cert': 'c', 'tls-key': 'k' }],
    ['the host is every address', true, { host: '0.0.0.0' }],
    ['the host is every IPv6 address', true, { host: '::' }],
    ['the host is an address of a network', true, { host: '192.168.1.2' }],
    ['the host is a name', true, { host: 'auth.example.org' }],
    ['someone insists on plain in words', false, { host: '0.0.0.0', 'insecure-plain': INSECURE }],
  ])('when %s: TLS %s', (_what, tls, flags) => {
    expect(servesTls(config(flags))).toBe(tls);
  });

  test.each<[string, Record<string, string>]>([
    ['TLS can not be switched off', { tls: 'off' }],
    ['insecure plain takes no short word', { host: '0.0.0.0', 'insecure-plain': 'yes' }],
    ['nor an empty one', { host: '0.0.0.0', 'insecure-plain': '' }],
    ['a certificate without a key', { 'tls-cert': 'c' }],
    ['a key without a certificate', { 'tls-key': 'k' }],
    ['plain and TLS at once', { tls: 'on', 'insecure-plain': INSECURE }],
    ['plain and a certificate at once', { 'tls-cert': 'c', 'tls-key': 'k', 'insecure-plain': INSECURE }],
  ])('%s', (_what, flags) => {
    expect(() => config(flags)).toThrow(ConfigError);
  });

  test('help says what insecure plain means', () => {
    const help = helpText();
    expect(help).toContain(`--insecure-plain ${INSECURE}`);
    expect(help).toContain('passwords included');
    expect(help).not.toContain('()');
  });
});
