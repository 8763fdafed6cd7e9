// What may be taken away, and the rule's two words that let it go; only `anti-lockout.ts` gives them.

/** What is to be taken away. */
export type Removable = { readonly kind: 'password' } | { readonly kind: 'link'; readonly provider: string };

declare const permitBrand: unique symbol;
declare const removalBrand: unique symbol;

/** The early word of the rule, asked by the route's middleware: nothing can be unlinked without one. */
export interface Permit {
  readonly userId: string;
  readonly removing: Removable;
  readonly [permitBrand]: true;
}

/** The rule's word under the lock: what `LockedAccount.remove` takes, and what only `confirmRemoval` gives. */
export interface Removal {
  readonly removing: Removable;
  readonly [removalBrand]: true;
}
