/**
 * What the server reads, by noun, on the main thread. Every text is a constant or built from constants: values only ever
 * travel as parameters. What must be of one moment is one statement.
 */
import type { Reader } from '../tx.js';
import { AccountReads } from './accounts.js';
import { AnnouncementReads } from './announcements.js';
import { ClientKeyReads } from './client_keys.js';
import { DeviceReads } from './devices.js';
import { GuessReads } from './guesses.js';
import { KeyRingReads } from './key_ring.js';
import { RoleReads } from './roles.js';
import { SessionReads } from './sessions.js';
import { SignInReads } from './sign_ins.js';
import { UserReads } from './users.js';

export class Reads {
  readonly accounts: AccountReads;
  readonly announcements: AnnouncementReads;
  readonly client_keys: ClientKeyReads;
  readonly devices: DeviceReads;
  readonly guesses: GuessReads;
  readonly key_ring: KeyRingReads;
  readonly roles: RoleReads;
  readonly sessions: SessionReads;
  readonly sign_ins: SignInReads;
  readonly users: UserReads;

  constructor(reader: Reader) {
    this.accounts = new AccountReads(reader);
    this.announcements = new AnnouncementReads(reader);
    this.client_keys = new ClientKeyReads(reader);
    this.devices = new DeviceReads(reader);
    this.guesses = new GuessReads(reader);
    this.key_ring = new KeyRingReads(reader);
    this.roles = new RoleReads(reader);
    this.sessions = new SessionReads(reader);
    this.sign_ins = new SignInReads(reader);
    this.users = new UserReads(reader);
  }
}
