/** Commands about the accounts that stay signed in on this machine. */
import { cleanResult } from '../reach/index.js';
import type { KeptAccounts, StoredSession } from '../keep/index.js';
import { ownRun, type CommandSpec } from './command.js';
import { table, titles, when } from './layout.js';

const NAME = [{ name: 'NAME' }] as const;

/** An account without its tokens. `default`: who a start without a name is. */
const publicPart = ({ account_id, account_name, saved_at, used_at }: StoredSession, at: number) => ({
  account_id,
  account_name,
  default: at === 0,
  saved_at,
  used_at,
});

const serverOf = ({ place, server, sessions }: KeptAccounts) => ({
  address: place,
  name: server,
  accounts: sessions.map(publicPart),
});

export const KEPT_ACCOUNT_COMMANDS: readonly CommandSpec[] = [
  ownRun({
    name: 'accounts list',
    session: 'none',
    run: ({ keep, columns, words }) => {
      const servers = keep.allSessions().map(serverOf);
      const rows = cleanResult(servers).flatMap(({ address, name, accounts }) =>
        accounts.map((account) => [
          name ?? address,
          account.account_name,
          account.default ? words('values', 'used_next') : '',
          when(account.used_at),
        ]),
      );
      const none = rows.length === 0;
      const text = none
        ? ''
        : table(titles(words, ['server', 'account', 'which', 'last_used']), rows, columns);
      return Promise.resolve({
        json: { servers },
        text,
        ...(none ? { said: [words('says', 'no_accounts')] } : {}),
      });
    },
  }),
  ownRun({
    name: 'accounts use',
    args: NAME,
    session: 'none',
    run: (context) => {
      const session = context.keptAs(context.arg(0));
      context.keep.sessionUsed(context.server().address, session);
      const { account_id, account_name } = session;
      const text = context.words('says', 'account_used', { name: cleanResult(account_name) });
      return Promise.resolve({ json: { account_id, account_name }, text });
    },
  }),
  ownRun({
    name: 'accounts forget',
    args: NAME,
    session: 'none',
    actions: ['logout'],
    run: async (context) => {
      const session = context.keptAs(context.arg(0));
      await context.forgetKept(session);
      const { account_id, account_name } = session;
      const text = context.words('says', 'account_forgotten', { name: cleanResult(account_name) });
      return { json: { account_id, account_name }, text };
    },
  }),
];
