/**
 * The device tokens that sign-ins gave, by account: with the right one the server knows that this account has signed in here
 * before, and nobody else's wrong guesses make it wait. In memory, and in whatever place the caller gives besides.
 */
import type { Account } from '../protocol/index.js';

/**
 * A place that outlives the client, for one server. Its methods don't throw. Device tokens are secrets; names come in the form
 * in which they are compared.
 */
export type DeviceTokenStore = {
  /** Returns the token of the account that signs in by this name, or null. */
  find(name: string): string | null;
  /** Keeps the token of an account that signs in by these names. */
  keep(account_id: string, names: readonly string[], device_token: string): void;
};

/** Two spellings that the server takes for one may differ here; then the server learns of a new device. */
const typedName = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

type Kept = { readonly names: Set<string>; token: string };

export class DeviceTokens {
  readonly #besides: DeviceTokenStore | null;
  /** By account id. */
  readonly #kept = new Map<string, Kept>();

  constructor(besides: DeviceTokenStore | null) {
    this.#besides = besides;
  }

  /** Returns the token to send with a sign-in by this name; null when there is none. */
  find(name: string): string | null {
    const typed = typedName(name);
    for (const { names, token } of this.#kept.values()) if (names.has(typed)) return token;
    return this.#besides?.find(typed) ?? null;
  }

  /** Keeps the token of an account. `name`: what was typed, null where that isn't known. */
  keep({ account_id, account_name }: Account, name: string | null, device_token: string): void {
    const kept = this.#kept.get(account_id) ?? { names: new Set<string>(), token: device_token };
    kept.token = device_token;
    kept.names.add(typedName(account_name));
    if (name !== null) kept.names.add(typedName(name));
    this.#kept.set(account_id, kept);
    this.#besides?.keep(account_id, [...kept.names], device_token);
  }
}

/** Returns the name that somebody signs in by with these params; null when they hold none. */
export function nameIn(params: object): string | null {
  const holder: unknown = 'user' in params ? params.user : params;
  if (typeof holder !== 'object' || holder === null || !('account_name' in holder)) return null;
  return typeof holder.account_name === 'string' ? holder.account_name : null;
}
