/** Grammars in ABNF as regular expressions: as much of RFC 5234 and RFC 7405 as the protocol document uses. */

const TOKEN = /%s"[^"]*"|"[^"]*"|\d*\*\d*|\d+|[A-Za-z][\w-]*|[()[\]/]/g;

/** Returns the right side of each rule by its name. */
function rulesOf(grammar: string): Map<string, string> {
  const lines = grammar
    .replaceAll(/\s*;.*$/gm, '')
    .replaceAll(/\n +/g, ' ')
    .split('\n');
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [, name, definition] = /^([\w-]+)\s*=\s*(.*)$/.exec(line) ?? [];
      return name === undefined || definition === undefined ? [] : [[name, definition]];
    }),
  );
}

/** Returns a regular expression for whole texts that a rule allows. `core`: rules that the grammar takes from elsewhere. */
export function expressionOf(grammar: string, start: string, core: Readonly<Record<string, string>>): RegExp {
  const rules = rulesOf(grammar);

  function rule(name: string): string {
    const definition = rules.get(name);
    if (definition === undefined) {
      const known = core[name];
      if (known === undefined) throw new Error(`the grammar has no rule ${name}`);
      return known;
    }
    const tokens: string[] = definition.match(TOKEN) ?? [];

    function alternatives(): string {
      const all = [sequence()];
      while (tokens[0] === '/') {
        tokens.shift();
        all.push(sequence());
      }
      return `(?:${all.join('|')})`;
    }

    function sequence(): string {
      let text = '';
      while (tokens.length > 0 && !['/', ')', ']'].includes(tokens[0] ?? '')) text += repeated();
      return text;
    }

    function repeated(): string {
      const repeat = /^(\d*)(\*?)(\d*)$/.exec(tokens[0] ?? '');
      if (repeat === null) return element();
      tokens.shift();
      const [, least = '', star = '', most = ''] = repeat;
      return `(?:${element()}){${star === '' ? least : `${least === '' ? '0' : least},${most}`}}`;
    }

    function element(): string {
      const token = tokens.shift() ?? '';
      if (token === '(' || token === '[') {
        const inner = alternatives();
        tokens.shift();
        return token === '[' ? `${inner}?` : inner;
      }
      const [, sensitive, literal] = /^(%s)?"(.*)"$/.exec(token) ?? [];
      if (literal === undefined) return rule(token);
      // Without %s, letters match in both cases; the grammar has none there.
      if (sensitive === undefined && /[A-Za-z]/.test(literal)) throw new Error(`"${literal}" needs %s`);
      return literal.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    }

    return alternatives();
  }

  return new RegExp(`^${rule(start)}$`);
}
