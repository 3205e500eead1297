/** The doctor on the port: free, or held by the server of this data folder, which then has to answer. */
import { statSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { challengeSchema, FrameDecoder, LIMITS, parseGuarded, pinMatches } from '../../protocol/index.js';
import type { Config } from '../config.js';
import { codeOf, DataFolderError, isAlive, readServerFile, type ServerFile } from '../data_folder/index.js';
import { failed, ok, warning, type Finding } from './finding.js';
import { ANSWER_MS, openTo } from './running_server.js';

const CHECK = 'port';

export async function checkPort(config: Omit<Config, 'database'>): Promise<Finding> {
  let server: ServerFile | null;
  try {
    // Whoever may read it may look, also the administrator of the machine.
    server = readServerFile(config.data, statSync(config.data, { throwIfNoEntry: false })?.uid);
  } catch (error) {
    if (!(error instanceof DataFolderError)) throw error;
    return failed(CHECK, error.message, 'Run this as the owner of the data folder.');
  }
  if (server !== null && isAlive(server.pid)) return checkOurs(server);
  const bound = await bindingFault(config.host, config.port);
  const where = `${config.host}:${config.port}`;
  if (bound === null) {
    if (server !== null) {
      const says = `Port ${config.port} is free. The server was killed the last time: its note is left over.`;
      return warning(CHECK, says, 'The next start replaces it; nothing acknowledged is lost.');
    }
    return ok(CHECK, config.port === 0 ? 'The server takes a free port.' : `Port ${config.port} is free.`);
  }
  if (bound === 'EADDRINUSE') {
    const portcullis = await challengeOf({ host: config.host, port: config.port, pin: null });
    const by = portcullis === 'challenge' ? 'a Portcullis server of another data folder' : 'another program';
    return failed(CHECK, `${where} is held by ${by}.`, 'Stop it, or choose another port with --port.');
  }
  const remedy =
    bound === 'EACCES'
      ? 'Ports below 1024 need rights: choose a higher one with --port.'
      : 'Choose an address that this machine has with --host.';
  return failed(CHECK, `The server can not listen on ${where} (${bound}).`, remedy);
}

async function checkOurs(server: ServerFile): Promise<Finding> {
  const { host, port, pid, pin } = server;
  const found = await challengeOf({ host, port, pin });
  if (found === 'challenge') {
    const how = pin === null ? 'plain TCP' : 'TLS 1.3';
    return ok(CHECK, `The server runs (process ${pid}) and answers on ${host}:${port} by ${how}.`);
  }
  const says: Readonly<Record<typeof found, string>> = {
    silence: `Process ${pid} should serve ${host}:${port}, and nothing answers there.`,
    wrong_pin: `What answers on ${host}:${port} does not have the key of this server.`,
    something_else: `What answers on ${host}:${port} is no Portcullis server.`,
    full: `The server on ${host}:${port} says that it has too many connections, or is stopping.`,
  };
  return failed(CHECK, says[found], 'Look at the log of the server, and start it again.');
}

type Answer = 'challenge' | 'silence' | 'wrong_pin' | 'something_else' | 'full';

/** Connects, and reads the first frame. Sends nothing beyond what TLS needs. */
async function challengeOf(at: { host: string; port: number; pin: string | null }): Promise<Answer> {
  const { pin } = at;
  const socket = openTo(at, pin !== null);
  const timer = setTimeout(() => socket.destroy(), ANSWER_MS);
  try {
    return await firstFrame(socket, pin);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

async function firstFrame(socket: Socket | TLSSocket, pin: string | null): Promise<Answer> {
  const decoder = new FrameDecoder(LIMITS.frame_bytes_max);
  return await new Promise<Answer>((resolve) => {
    socket.on('error', () => resolve('silence'));
    socket.on('close', () => resolve('silence'));
    socket.on('data', (chunk: Buffer) => {
      if (pin !== null && !hasPin(socket, pin)) resolve('wrong_pin');
      const [body] = decoder.push(chunk);
      if (body !== undefined) resolve(answerIn(body));
      else if (decoder.fault !== null) resolve('something_else');
    });
  });
}

function hasPin(socket: Socket | TLSSocket, pin: string): boolean {
  if (!('getPeerX509Certificate' in socket)) return false;
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
  return key !== undefined && pinMatches(pin, key);
}

function answerIn(body: Buffer): Answer {
  const parsed = parseGuarded(body);
  if ('fault' in parsed) return 'something_else';
  if (challengeSchema.safeParse(parsed.value).success) return 'challenge';
  const { code } = parsed.value;
  return code === 'too_many_connections' || code === 'shutting_down' ? 'full' : 'something_else';
}

/** Returns Node's code for why one can't listen there, or null. Listens for a moment: nothing else tells. */
async function bindingFault(host: string, port: number): Promise<string | null> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(port, host, resolve);
    });
    return null;
  } catch (error) {
    return codeOf(error);
  } finally {
    probe.close();
  }
}
