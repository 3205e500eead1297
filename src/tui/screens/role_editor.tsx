/**
 * The form of a role, a new one or one that is changed: what it permits is chosen, what that changes for whom is confirmed,
 * then it is saved. When someone else was faster, what they changed is told, and what was chosen here stays.
 */
import { useRef, useState } from 'react';
import { Form, type FormResult, type FormValues } from '../components/index.js';
import type { Attempt, Problem, ProblemCode, Said } from '../i18n/index.js';
import { LIMITS, type RoleRecord } from '../../protocol/index.js';
import { useApp, useServices, useWords } from '../services/index.js';
import { heldBy, isGrave, openOverlay, popScreen, type ConfirmAct } from '../state/index.js';
import type { BodySize } from './body_size.js';
import {
  descriptionField,
  merged,
  nameField,
  permissionChange,
  permissionFields,
  permissionsChosen,
  servicesFault,
  servicesField,
  servicesOf,
} from './role_fields.js';

/** Whoever was faster may have taken something from this very person as well: then it is theirs to give no more. */
const MAY_BE_STALE: ReadonlySet<ProblemCode> = new Set(['stale_version', 'forbidden']);

type RoleEditorProps = BodySize & {
  readonly title: string;
  readonly submit_label: string;
  /** The role as it was when editing began; null for a new one. */
  readonly role: RoleRecord | null;
};

export function RoleEditor({ role, ...look }: RoleEditorProps): React.JSX.Element {
  const { effects, store, questions } = useServices();
  const { t } = useWords();
  const held = heldBy(useApp((state) => state.person));
  const base = useRef(role);
  const [first] = useState(() => new Set(role?.permissions));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    () => new Set(role?.permissions.filter((permission) => !servicesOf([permission]).includes(permission))),
  );

  const back = (): void => store.setState(popScreen);
  const toggle = (permission: string): void =>
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(permission)) next.add(permission);
      return next;
    });
  const confirmed = (act: ConfirmAct): Promise<boolean> => {
    const answer = questions.ask();
    store.setState(openOverlay({ name: 'confirm', act }));
    return answer;
  };
  const saved = (outcome: Attempt<RoleRecord>, said: Said): FormResult => {
    if (!outcome.ok) return { problem: outcome.problem };
    back();
    effects.toast('ok', said);
    return null;
  };

  const submit = async (values: FormValues): Promise<FormResult> => {
    const fault = servicesFault(t, values['services'] ?? '', held);
    if (fault !== null) return { field_errors: { services: fault } };
    const permissions = permissionsChosen(chosen, values);
    const { role_permissions_max: max } = LIMITS;
    if (permissions.length > max) return { field_errors: { services: t('field_permissions_max', { max }) } };
    const description = (values['description'] ?? '').trim();
    const before = base.current;
    const form = { description: description === '' ? null : description, permissions };
    return before === null
      ? create({ ...form, role: (values['role'] ?? '').trim() })
      : update(before, { ...form, role: before.role }, values);
  };
  type RoleForm = Parameters<typeof effects.createRole>[0];
  const create = async (form: RoleForm): Promise<FormResult> => {
    const { role: name, permissions } = form;
    if (isGrave(permissions) && !(await confirmed({ kind: 'create_role', role: name, permissions })))
      return null;
    return saved(await effects.createRole(form), { key: 'role_made', params: { role: name } });
  };
  const update = async (before: RoleRecord, form: RoleForm, values: FormValues): Promise<FormResult> => {
    const { role: name, permissions, description } = form;
    const { given, taken } = permissionChange(before.permissions, permissions);
    const same = given.length + taken.length === 0;
    if (same && description === before.description) return { message: t('nothing_changed') };
    if (!same) {
      const holders = await effects.holdersOf(name);
      if (!holders.ok) return { problem: holders.problem };
      const all = [...new Set([...before.permissions, ...permissions])];
      const act = { kind: 'update_role', role: name, given, taken, permissions: all } as const;
      if (!(await confirmed({ ...act, holders: holders.value }))) return null;
    }
    const outcome = await effects.updateRole(form, before.version);
    if (!outcome.ok && MAY_BE_STALE.has(outcome.problem.code))
      return merge(before, permissions, values, outcome.problem);
    return saved(outcome, { key: 'role_saved', params: { role: name } });
  };
  /** Takes what someone else saved as the new beginning, with what was chosen here on top of it. */
  const merge = async (
    before: RoleRecord,
    mine: readonly string[],
    values: FormValues,
    told: Problem,
  ): Promise<FormResult> => {
    const now = await effects.readRole(before.role);
    if (!now.ok) return { problem: now.problem };
    if (now.value.version === before.version) return { problem: told };
    base.current = now.value;
    const permissions = merged(before.permissions, mine, now.value);
    const services = servicesOf(permissions);
    setChosen(new Set(permissions.filter((permission) => !services.includes(permission))));
    const { given, taken } = permissionChange(before.permissions, now.value.permissions);
    const what = [...given.map((one) => `+ ${one}`), ...taken.map((one) => `- ${one}`)];
    const untouched = (values['description'] ?? '').trim() === (before.description ?? '');
    return {
      message: t('role_stale_merged', { what: what.length === 0 ? t('role_stale_other') : what.join(', ') }),
      set: {
        services: services.join(' '),
        ...(untouched ? { description: now.value.description ?? '' } : {}),
      },
    };
  };

  return (
    <Form
      {...look}
      fields={[
        ...(role === null ? [nameField(t)] : []),
        descriptionField(t, role?.description ?? ''),
        ...permissionFields(t, chosen, first, held, toggle),
        servicesField(t, servicesOf(role?.permissions ?? []), held),
      ]}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('cancel'), run: back }]}
    />
  );
}
