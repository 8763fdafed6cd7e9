// When trying again has no use: a destination that refuses for good, a message that can never go, or days without success.

/** From when on nothing is tried again, in milliseconds since the message was written (RFC 5321, section 4.5.4.1: 4–5 days). */
const GIVE_UP_AFTER_MS = 5 * 24 * 60 * 60 * 1000;

/** A message that no attempt will ever deliver, such as one without an address. */
export class UndeliverableMessage extends TypeError {
  override name = 'UndeliverableMessage';
}

/** An attempt that begins after that is the last one. */
export function isTooOld(createdAt: Date, now: number = Date.now()): boolean {
  return now - createdAt.getTime() >= GIVE_UP_AFTER_MS;
}
