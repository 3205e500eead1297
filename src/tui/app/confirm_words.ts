/** What a confirm dialog says, and how it wants to be answered. Pure. */
import { permissionWord, roleWord, type Translate } from '../i18n/index.js';
import { grouped, isGrave, LISTS, type ConfirmAct, type Holders } from '../state/index.js';

export type ConfirmWords = {
  readonly title: string;
  readonly text: string;
  /** What has to be typed before the act can be done, and how it is asked for; null for a single `y`. */
  readonly typed: { readonly wanted: string; readonly label: string } | null;
};

const NAMES_SHOWN = 6;
/** Sessions are named by device, program and system: about a line of the dialog each. */
const SESSIONS_SHOWN = 4;

const listed = (names: readonly string[], shown: number): string =>
  names.length > shown ? `${names.slice(0, shown).join(', ')}, …` : names.join(', ');

/** Returns true for the worst acts: who does them shows that it is still the same person. */
export function wantsPassword(act: ConfirmAct): boolean {
  switch (act.kind) {
    case 'delete':
    case 'end_others':
    case 'revoke_client_key':
      return true;
    case 'assign_role':
    case 'unassign_role':
      return act.role === 'admin' || isGrave(act.permissions);
    case 'create_role':
    case 'update_role':
      return isGrave(act.permissions);
    case 'bulk':
      return act.targets.length > 1;
    case 'quit':
    case 'sign_out':
    case 'forget_account':
    case 'revoke_session':
    case 'suspend':
    case 'resume':
    case 'delete_role':
      return false;
  }
}

/** Returns the same words once, with how often they stood there. */
function counted(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${count} × ${name}`));
}

const othersText = (t: Translate, others: number | null): string =>
  others === null
    ? t('confirm_quit_unknown')
    : others === 0
      ? t('confirm_quit_alone')
      : t('confirm_quit_others', { count: others });

const permissionWords = (t: Translate, permissions: readonly string[]): string =>
  grouped(permissions)
    .flatMap((group) => group.permissions)
    .map((permission) => permissionWord(t, permission))
    .join('; ') || t('permissions_none');

function holdersText(t: Translate, { count, exact }: Holders): string {
  if (!exact) return t('confirm_role_holders_many', { count });
  return count === 0 ? t('confirm_role_unheld') : t('confirm_role_holders', { count });
}

/**
 * `others`: what each of the other sessions runs on. `shared`: other terminals of this person may be signed in with the session
 * that is signed in here.
 */
export function confirmWords(
  t: Translate,
  act: ConfirmAct,
  others: readonly string[] = [],
  shared = false,
): ConfirmWords {
  const sign_out = {
    title: t('confirm_sign_out_title'),
    text: t(shared ? 'confirm_sign_out_shared' : 'confirm_sign_out'),
    typed: null,
  };
  const login = (name: string): ConfirmWords['typed'] => ({ wanted: name, label: t('confirm_type_name') });
  switch (act.kind) {
    case 'quit':
      return {
        title: t('confirm_quit_title'),
        text:
          act.stops_server === undefined
            ? t(act.signed_in ? 'confirm_quit' : 'confirm_quit_signed_out')
            : `${t('confirm_quit_stops')} ${othersText(t, act.stops_server.others)}`,
        typed: null,
      };
    case 'sign_out':
      return sign_out;
    case 'forget_account':
      return {
        title: t('confirm_forget_account_title', { name: act.account_name }),
        text: t('confirm_forget_account'),
        typed: null,
      };
    case 'revoke_session':
      return act.current
        ? sign_out
        : { title: t('confirm_revoke_title'), text: t('confirm_revoke', { label: act.label }), typed: null };
    case 'end_others': {
      const count = others.length;
      return {
        title: t('confirm_revoke_others_title'),
        text: t('confirm_revoke_others', { count, what: listed(counted(others), SESSIONS_SHOWN) }),
        typed: { wanted: String(count), label: t('confirm_type_sessions') },
      };
    }
    case 'bulk': {
      const count = act.targets.length;
      const names = act.targets.map(([, name]) => name);
      return {
        title: t(`confirm_bulk_${act.verb}_title`, { count }),
        text: `${listed(names, NAMES_SHOWN)}. ${t(`confirm_bulk_${act.verb}`)}`,
        typed: count > 1 ? { wanted: String(count), label: t('confirm_type_count') } : null,
      };
    }
    case 'suspend':
    case 'resume': {
      const name = act.account.account_name;
      return { title: t(`confirm_${act.kind}_title`, { name }), text: t(`confirm_${act.kind}`), typed: null };
    }
    case 'delete': {
      const name = act.account.account_name;
      return { title: t('confirm_delete_title', { name }), text: t('confirm_delete'), typed: login(name) };
    }
    case 'revoke_client_key': {
      const name = LISTS.client_keys.name(act.client_key);
      const text = t('confirm_revoke_key', { key_id: act.client_key.key_id });
      return {
        title: t('confirm_revoke_key_title', { name }),
        text: act.own ? `${text} ${t('confirm_revoke_key_own')}` : text,
        typed: { wanted: name, label: t('confirm_type_key') },
      };
    }
    case 'create_role': {
      const { role } = act;
      const grave = act.permissions.filter((permission) => isGrave([permission]));
      return {
        title: t('confirm_create_role_title', { role }),
        text: t('confirm_create_role', { what: permissionWords(t, grave) }),
        typed: { wanted: role, label: t('confirm_type_role') },
      };
    }
    case 'update_role': {
      const { role, given, taken, holders } = act;
      return {
        title: t('confirm_update_role_title', { role }),
        text: [
          ...(given.length === 0 ? [] : [t('confirm_role_given', { what: permissionWords(t, given) })]),
          ...(taken.length === 0 ? [] : [t('confirm_role_taken', { what: permissionWords(t, taken) })]),
          holdersText(t, holders),
        ].join('\n'),
        typed: wantsPassword(act) ? { wanted: role, label: t('confirm_type_role') } : null,
      };
    }
    case 'delete_role': {
      const { role, permissions } = act.role;
      return {
        title: t('confirm_delete_role_title', { role }),
        text: t('confirm_delete_role', { what: permissionWords(t, permissions) }),
        typed: null,
      };
    }
    case 'assign_role':
    case 'unassign_role': {
      const kind = act.kind === 'assign_role' ? 'assign' : 'unassign';
      const name = act.account.account_name;
      const role = roleWord(t, act.role);
      const what = permissionWords(t, act.permissions);
      // Making an administrator is among the worst acts, or somebody who can become one: it can undo everything else.
      const typed = wantsPassword(act) ? login(name) : null;
      return {
        title: t(`confirm_${kind}_title`, { name, role }),
        text: act.permissions.length === 0 ? t('confirm_role_same') : t(`confirm_${kind}`, { what }),
        typed,
      };
    }
  }
}
