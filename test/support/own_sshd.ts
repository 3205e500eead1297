/** An SSH server of the test's own on a free port of this machine, with keys of its own, for the user who runs the test. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free_port.js';

const SSHD = '/usr/sbin/sshd';
/** What sshd wants to have where root starts it: made by whatever starts services, where something does. */
const EMPTY_FOLDER = '/run/sshd';
const START_MS = 10_000;

/** True where there is an SSH server that can be started, and a client for it. */
export const SSH_AT_HAND = existsSync(SSHD) && existsSync('/usr/bin/ssh');

export type OwnSshd = AsyncDisposable & {
  /** Arguments of `ssh`, up to the command on the other side. */
  readonly arguments: readonly string[];
};

async function listens(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  const answered = await new Promise<boolean>((resolve) => {
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  return answered;
}

/** Starts it. */
export async function startSshd(): Promise<OwnSshd> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-sshd-'));
  for (const name of ['host_key', 'key'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  copyFileSync(join(folder, 'key.pub'), join(folder, 'authorized_keys'));
  if (process.getuid?.() === 0) mkdirSync(EMPTY_FOLDER, { recursive: true, mode: 0o755 });
  const port = await freePort();
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host_key')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    `PidFile ${join(folder, 'pid')}`,
    'UsePAM no',
    // The folder is below one that everybody may write.
    'StrictModes no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'PrintMotd no',
    'PrintLastLog no',
    'MaxStartups 100',
  ];
  writeFileSync(join(folder, 'sshd_config'), `${settings.join('\n')}\n`);
  const child = spawn(SSHD, ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const until = Date.now() + START_MS;
  while (!(await listens(port))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`sshd did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    arguments: [
      ...['-F', 'none', '-i', join(folder, 'key'), '-p', String(port)],
      ...['-o', 'StrictHostKeyChecking=no', '-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`],
      ...['-o', 'LogLevel=ERROR', '-o', 'IdentitiesOnly=yes', '-o', 'EscapeChar=none'],
      `${userInfo().username}@127.0.0.1`,
    ],
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
