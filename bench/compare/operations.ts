// What is compared, in the order in which people come to do it, and what stands between.

import { callback, type Manners } from './manners.js';
import type { Visitor } from './visitor.js';

export const OPERATIONS = [
  'prepare',
  'callback, new person',
  'callback, known person',
  'session check',
  'callback that links',
  'list',
  'unlink',
  'unlink, refused',
] as const;

export type Operation = (typeof OPERATIONS)[number];

export interface Step {
  readonly operation: Operation;
  /** Not counted: brings everybody to where the operation begins. */
  before?(visitor: Visitor, manners: Manners): Promise<void>;
  run(visitor: Visitor, manners: Manners): Promise<void>;
  /** Asked by these instead of those who came first. */
  who?(visitors: readonly Visitor[]): readonly Visitor[];
}

/** Somebody's people, in browsers that were never here. */
function createBrowsers() {
  const known = new WeakMap<Visitor, Visitor>();
  return (visitor: Visitor) => {
    const other = known.get(visitor) ?? visitor.elsewhere();
    known.set(visitor, other);
    return other;
  };
}

export function steps(): readonly Step[] {
  const elsewhere = createBrowsers();
  return [
    { operation: 'prepare', run: (visitor, manners) => manners.begin(visitor, 'one') },
    { operation: 'callback, new person', before: (visitor) => visitor.approve(), run: callback },
    {
      operation: 'callback, known person',
      who: (visitors) => visitors.map(elsewhere),
      async before(visitor, manners) {
        await manners.begin(visitor, 'one');
        await visitor.approve();
      },
      run: callback,
    },
    { operation: 'session check', run: (visitor, manners) => manners.check(visitor) },
    {
      operation: 'callback that links',
      async before(visitor, manners) {
        visitor.who = `${visitor.who}-two`;
        await manners.begin(visitor, 'two', true);
        await visitor.approve();
      },
      run: callback,
    },
    { operation: 'list', run: (visitor, manners) => manners.list(visitor) },
    { operation: 'unlink', run: (visitor, manners) => manners.unlink(visitor, 'two') },
    { operation: 'unlink, refused', run: (visitor, manners) => manners.unlinkRefused(visitor, 'one') },
  ];
}
