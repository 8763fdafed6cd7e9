// A user agent as people would name it.

import Bowser from 'bowser';

export interface NamedUserAgent {
  /** `Safari`; empty where it is unknown, as the other two are. */
  readonly browser: string;
  /** `Mac`, `iPhone`, or the kind alone: `Desktop`, `Mobile`, `Tablet`. */
  readonly device: string;
  /** `macOS`, `Windows`, `Android`. */
  readonly os: string;
}

const UNKNOWN: NamedUserAgent = { browser: '', device: '', os: '' };

/** `Chrome on macOS`, or what of it is known; undefined where nothing is. */
export function deviceName(text: string | undefined): string | undefined {
  const { browser, device, os } = nameUserAgent(text);
  const on = os === '' ? device : os;
  const known = [browser, on].filter((part) => part !== '');
  return known.length === 0 ? undefined : known.join(' on ');
}

const capitalized = (word: string) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** What a client says of itself: nothing to decide by. @param text the header `User-Agent` */
export function nameUserAgent(text: string | undefined): NamedUserAgent {
  if (text === undefined || text === '') return UNKNOWN;
  const { browser, os, platform } = Bowser.parse(text);
  const kind = platform.type === 'desktop' && os.name === 'macOS' ? 'Mac' : capitalized(platform.type ?? '');
  return { browser: browser.name ?? '', device: platform.model ?? kind, os: os.name ?? '' };
}
