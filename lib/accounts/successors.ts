// Whether a row of the host still stands for the same person, or for somebody who was given the id afterwards.

const SECOND_MS = 1_000;
const QUARTER_MS = 15 * 60 * SECOND_MS;
/** From the first time zone to the last. */
const FURTHEST_ZONE_MS = 26 * 60 * 60 * SECOND_MS;

/** A driver or server that was set to another time zone moves dates by quarters of an hour, give or take what a column rounds. */
function isOtherZone(later: number): boolean {
  const rest = later % QUARTER_MS;
  return later <= FURTHEST_ZONE_MS + SECOND_MS && Math.min(rest, QUARTER_MS - rest) <= SECOND_MS;
}

/** Undefined: not known, and then nobody is taken for somebody else. */
export interface Tenure {
  /** When the row was made that is there now. */
  readonly createdAt: Date | undefined;
  /** When the row was made of whom the id stood for. */
  readonly remembered: Date | undefined;
}

export function isSuccessor({ createdAt, remembered }: Tenure): boolean {
  if (remembered === undefined || createdAt === undefined) return false;
  const later = createdAt.getTime() - remembered.getTime();
  return later > SECOND_MS && !isOtherZone(later);
}
