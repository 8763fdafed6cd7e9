// What may be taken away, and the rule's two words that let it go; only `anti-lockout.ts` gives them.

/** What is ours to take away. */
export type OwnRemovable = { readonly kind: 'password' } | { readonly kind: 'link'; readonly provider: string };

/** What is to be taken away: something of ours, or a way in of the host's by the id that its `signInMethods` gives. */
export type Removable = OwnRemovable | { readonly kind: 'host'; readonly id: string | number };

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
  readonly removing: OwnRemovable;
  readonly [removalBrand]: true;
}
