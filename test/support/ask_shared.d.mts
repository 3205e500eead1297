import type { Socket } from 'node:net';

/** Where the run's PostgreSQL is asked. */
export type SharedAddress = { readonly port: number; readonly secret: string };

export type Ask =
  | { readonly make: 'filled' | 'empty' }
  | { readonly drop: string }
  /** Tests were left out, since it can't be run. */
  | { readonly left_out: true };

export function heard(socket: Socket): Promise<string>;
export function askShared(address: SharedAddress, ask: Ask): Promise<unknown>;
