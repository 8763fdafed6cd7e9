// Templates: compiled once, told what data they take, and escaping whatever is not marked as markup.

import { Eta } from 'eta';

const eta = new Eta({ autoEscape: true });

/**
 * A template of eta. `<%= it.x %>` escapes for text and for quoted attributes; `<%~ it.xHtml %>` does not, and is only for what
 * another template made: such fields end in `Html`.
 */
export function template<T extends object>(source: string): (data: T) => string {
  const compiled = eta.compile(source);
  return (data) => eta.render(compiled, data);
}
