/** What a command is: one entry of the table from which parsing, help, documentation and tests derive. */
import type { ActionName, ParamsOf, ResultOf } from '../../protocol/index.js';
import { cleanResult } from '../reach/index.js';
import type { CommandContext, SessionNeed } from './context.js';
import type { ExitCode } from './exit_codes.js';
import type { CommandName, OptionText, Place, Words } from './words/index.js';

export type FlagSpec = {
  /** How the value is named in help; without it the flag is a switch. */
  readonly value?: Place;
  /** Its entry of the dictionaries. */
  readonly text: OptionText;
};

export type ArgumentSpec = {
  readonly name: Place;
  readonly optional?: boolean;
  /** Takes all that follow, at least one. */
  readonly many?: boolean;
};

export type CommandResult = {
  /** The document of `--json`: what the server answered, exactly. */
  readonly json: unknown;
  /** The same for people, in their language: rows, fields, or a secret and nothing else. Foreign text in it has been cleaned. */
  readonly text: string;
  /** What is said about it: for people alone, so it goes to standard error and stands in no document. */
  readonly said?: readonly string[];
  readonly exit?: ExitCode;
};

export type CommandSpec = {
  /** As typed, for example `users list`. What it does is told by the dictionaries under this name. */
  readonly name: CommandName;
  readonly args: readonly ArgumentSpec[];
  readonly flags: Readonly<Record<string, FlagSpec>>;
  readonly session: SessionNeed;
  /** Actions of the protocol that it calls. */
  readonly actions: readonly ActionName[];
  run(context: CommandContext): Promise<CommandResult>;
};

type Common = Pick<CommandSpec, 'name'> &
  Partial<Pick<CommandSpec, 'args' | 'flags' | 'session' | 'actions'>>;

/** Returns a command that is one call: its document is the action's result. */
export function oneCall<A extends ActionName>(
  spec: Common & {
    readonly action: A;
    readonly params: (context: CommandContext) => ParamsOf<A> | Promise<ParamsOf<A>>;
    readonly show: (
      result: ResultOf<A>,
      context: CommandContext,
    ) => string | Pick<CommandResult, 'text' | 'said'>;
  },
): CommandSpec {
  return ownRun({
    ...spec,
    actions: [...(spec.actions ?? []), spec.action],
    run: async (context) => {
      const result = await context.call(spec.action, await spec.params(context));
      const shown = spec.show(cleanResult(result), context);
      return { json: result, ...(typeof shown === 'string' ? { text: shown } : shown) };
    },
  });
}

/** Returns a command that is more than one call, or none. */
export function ownRun(spec: Common & Pick<CommandSpec, 'run'>): CommandSpec {
  const { name, args = [], flags = {}, session = 'account', actions = [], run } = spec;
  return { name, args, flags, session, actions, run };
}

/** Returns how a command is typed: `users list [--search TEXT] …`. */
export function usageOf({ name, args, flags }: CommandSpec, words: Words): string {
  const shown_args = args.map(({ name: place, optional = false, many = false }) => {
    const shown = many ? `${words('places', place)} …` : words('places', place);
    return optional ? `[${shown}]` : shown;
  });
  const switches = Object.entries(flags).map(([flag, { value }]) =>
    value === undefined ? `[--${flag}]` : `[--${flag} ${words('places', value)}]`,
  );
  return [name, ...shown_args, ...switches].join(' ');
}
