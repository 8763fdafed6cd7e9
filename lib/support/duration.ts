// Durations such as "10m": text in the options, milliseconds in the config.

import ms from 'ms';
import { z } from 'zod';

/** Longer ones would leave the range of a Date, and nobody means them. */
const LONGEST = ms('10y');

/** `ms` reads a bare "10" as milliseconds, which is never what was meant: the unit must be there. */
function hasUnit(text: string): text is ms.StringValue {
  return /^[\d.]+ *[a-z]+$/i.test(text);
}

/** Milliseconds, rounded; `undefined` for what is no positive duration of at most ten years. */
export function durationMs(text: string): number | undefined {
  // At run time `ms` gives undefined for what it cannot read, whatever its types say.
  const value: number | undefined = hasUnit(text) && text.length <= 100 ? ms(text) : undefined;
  const rounded = Math.round(value ?? 0);
  return rounded >= 1 && rounded <= LONGEST ? rounded : undefined;
}

export interface DurationBounds {
  readonly from?: ms.StringValue;
  readonly to?: ms.StringValue;
}

/** A duration within bounds (both included); by default anything positive up to ten years. */
export function duration({ from = '1ms', to = '10y' }: DurationBounds = {}) {
  const expected = `expected a duration with its unit, such as "10m", "1h" or "180d", of at least ${from} and at most ${to}`;
  return z.string({ error: expected }).transform((text, context): number => {
    const value = durationMs(text);
    if (value !== undefined && value >= ms(from) && value <= ms(to)) return value;
    context.issues.push({ code: 'custom', message: expected, input: undefined });
    return z.NEVER;
  });
}
