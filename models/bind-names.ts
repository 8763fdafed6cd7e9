// `$name` in hand-written statements, as each driver wants its parameters.

interface Compiled {
  readonly sql: string;
  /** In the order of the parameters. */
  readonly names: readonly string[];
}

/** As Sequelize finds them: `$$` is a dollar sign, and one within a word is part of it. */
const NAME = /\B\$(\$|\w+)/g;

/** Statements with lists are many; whoever has more than this has too many to be remembered. */
const REMEMBERED = 1_000;

/** PostgreSQL's have numbers, so that one value is sent once; MySQL's and SQLite's are question marks. */
function compile(sql: string, isNumbered: boolean): Compiled {
  const names: string[] = [];
  const text = sql.trim().replace(NAME, (_match, name: string) => {
    if (name === '$') return name;
    const known = isNumbered ? names.indexOf(name) : -1;
    const place = known === -1 ? names.push(name) : known + 1;
    return isNumbered ? `$${place}` : '?';
  });
  return { sql: text, names };
}

/** @throws Error for a name without a value, also where it is undefined */
export function compiler(dialect: string) {
  const remembered = new Map<string, Compiled>();

  function compiled(sql: string): Compiled {
    const known = remembered.get(sql);
    if (known !== undefined) return known;
    if (remembered.size >= REMEMBERED) remembered.clear();
    const made = compile(sql, dialect === 'postgres');
    remembered.set(sql, made);
    return made;
  }

  return (sql: string, bind: Readonly<Record<string, unknown>>): { readonly sql: string; readonly values: readonly unknown[] } => {
    const { names, sql: text } = compiled(sql);
    const values = names.map((name) => {
      const value = bind[name];
      if (value === undefined) throw new Error(`Named bind parameter "$${name}" has no value in the given object.`);
      return value;
    });
    return { sql: text, values };
  };
}
