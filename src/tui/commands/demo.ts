/**
 * `auth-tui --demo`: a server of invented people that lives as long as the UI. A child program makes it and takes it away;
 * it ends with the pipe to it, so nothing is left behind whatever ends this program.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Language } from '../i18n/index.js';
import type { ServerChoice } from '../reach/index.js';
import { wordsOf } from './words/index.js';

/** As the child prints it. */
type Ready = {
  readonly host: string;
  readonly port: number;
  readonly data_folder: string;
  readonly account_name: string;
  readonly password: string;
  readonly session_token: string;
};

export type RunningDemo = {
  readonly choice: ServerChoice;
  /** Signs in as the demo's administrator. */
  readonly session_token: string;
  /** For whoever is asked for it; the demo's server alone takes it, and this machine alone reaches that. */
  readonly password: string;
  /** Resolves when server and folder are gone. */
  stop(): Promise<void>;
};

type Output = { write(text: string): unknown };

/**
 * Starts the demo, on a port where one is wanted, and says how to sign in. Returns null when it could not be started; why has
 * been said then.
 */
export async function startDemo(
  out: Output,
  language: Language,
  port_wanted: string | null,
): Promise<RunningDemo | null> {
  const words = wordsOf(language);
  out.write(`${words('says', 'demo_making')}\n`);
  // Beside this program: the build puts its address here.
  const script = fileURLToPath(new URL('./demo.js', import.meta.url));
  // Its debugger stays shut, as ours does.
  const first = fileURLToPath(new URL('../bin/refuse_debugger.js', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--require', first, script, ...(port_wanted === null ? [] : [port_wanted])],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  child.stdin.on('error', () => null);
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const line = await Promise.race([firstLine(child.stdout), gone.then(() => null)]);
  if (line === null) {
    out.write(`auth-tui: ${words('says', 'demo_failed')}\n`);
    return null;
  }
  // Its own child's line.
  const { host, port, data_folder, account_name, password, session_token } = JSON.parse(line) as Ready;
  out.write(`${words('says', 'demo_ready', { name: account_name, password })}\n`);
  return {
    choice: { server: null, typed: `${host}:${port}`, data_folder, keep_folder: null },
    session_token,
    password,
    stop: async () => {
      child.stdin.end();
      await gone;
    },
  };
}

function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const end = text.indexOf('\n');
      if (end !== -1) resolve(text.slice(0, end));
    });
  });
}
