// Optional members of an answer that say nothing: many providers send them where the protocols would have them leave the member out.

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

/** The value, or `undefined` where it is null or empty. Only for what is optional: what is checked is never forgiven for being empty. */
export function optional(value: unknown): unknown {
  return isEmpty(value) ? undefined : value;
}

/** The members that say something. */
export function withoutEmpty(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => optional(value) !== undefined));
}
