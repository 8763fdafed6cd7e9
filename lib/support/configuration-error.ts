// The one error for a wrong configuration: every mistake with its path and what was expected, but never a value.

export interface Mistake {
  /** The path of the option, such as `providers.logto.clientId`, or the name of an environment variable. */
  readonly path: string;
  /** What was expected there. It never quotes the value, so no secret can get in. */
  readonly expected: string;
}

/** The result of a check: the value is complete only if there are no mistakes. */
export interface Checked<T> {
  readonly value: T;
  readonly mistakes: readonly Mistake[];
}

/** All mistakes in the configuration at once; the message has one line for each. */
export class ConfigurationError extends TypeError {
  override readonly name = 'ConfigurationError';
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(({ path, expected }) => `${path}: ${expected}`).join('\n'));
    this.mistakes = mistakes;
  }
}

/** A key that someone typed may be a pasted secret or break the line: only what looks like a name is shown. */
function segmentText(segment: PropertyKey): string {
  const text = String(segment);
  return /^[\w$-]{1,64}$/.test(text) ? text : '(a key that is not a name)';
}

/** `['providers', 'logto', 'clientId']` as `providers.logto.clientId`; the whole is called `settings`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'settings' : path.map(segmentText).join('.');
}
