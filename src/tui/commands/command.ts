/** What a command is: one entry of the table from which parsing, help, documentation and tests derive. */
import type { ActionName, ParamsOf, ResultOf } from '../../protocol/index.js';
import { cleanResult } from '../effects/clean_result.js';
import type { CommandContext, SessionNeed } from './context.js';
import type { ExitCode } from './exit_codes.js';

export type FlagSpec = {
  /** How the value is named in help; without it the flag is a switch. */
  readonly value?: string;
  readonly help: string;
};

export type ArgumentSpec = {
  readonly name: string;
  readonly optional?: boolean;
  /** Takes all that follow, at least one. */
  readonly many?: boolean;
};

export type CommandResult = {
  /** The document of `--json`: what the server answered, exactly. */
  readonly json: unknown;
  /** The same for people. Foreign text in it has been cleaned. */
  readonly text: string;
  readonly exit?: ExitCode;
};

export type CommandSpec = {
  /** As typed, for example `users list`. */
  readonly name: string;
  readonly help: string;
  readonly args: readonly ArgumentSpec[];
  readonly flags: Readonly<Record<string, FlagSpec>>;
  readonly session: SessionNeed;
  /** Actions of the protocol that it calls. */
  readonly actions: readonly ActionName[];
  run(context: CommandContext): Promise<CommandResult>;
};

type Common = Pick<CommandSpec, 'name' | 'help'> &
  Partial<Pick<CommandSpec, 'args' | 'flags' | 'session' | 'actions'>>;

/** A command that is one call: its document is the action's result. */
export function oneCall<A extends ActionName>(
  spec: Common & {
    readonly action: A;
    readonly params: (context: CommandContext) => ParamsOf<A> | Promise<ParamsOf<A>>;
    readonly show: (result: ResultOf<A>, context: CommandContext) => string;
    readonly after?: (context: CommandContext) => void;
  },
): CommandSpec {
  return ownRun({
    ...spec,
    actions: [...(spec.actions ?? []), spec.action],
    run: async (context) => {
      const result = await context.call(spec.action, await spec.params(context));
      spec.after?.(context);
      return { json: result, text: spec.show(cleanResult(result), context) };
    },
  });
}

/** A command that is more than one call, or none. */
export function ownRun(spec: Common & Pick<CommandSpec, 'run'>): CommandSpec {
  const { name, help, args = [], flags = {}, session = 'account', actions = [], run } = spec;
  return { name, help, args, flags, session, actions, run };
}

/** `users list [--search TEXT] …` */
export function usageOf({ name, args, flags }: CommandSpec): string {
  const words = args.map(({ name: word, optional = false, many = false }) => {
    const shown = many ? `${word} …` : word;
    return optional ? `[${shown}]` : shown;
  });
  const switches = Object.entries(flags).map(([flag, { value }]) =>
    value === undefined ? `[--${flag}]` : `[--${flag} ${value}]`,
  );
  return [name, ...words, ...switches].join(' ');
}
