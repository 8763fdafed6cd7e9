// The rules with a span around each of what people wait for.

import type { Permit } from '../accounts/permit.js';
import type { SpanFacts, SpanName, Spans } from '../tracing/spans.js';
import type { Core } from './core.js';

/** What is done without a provider. */
const NONE: SpanFacts = {};

const providerOf = ({ removing }: Permit): SpanFacts => (removing.kind === 'link' ? { provider: removing.provider } : NONE);

export function tracedCore(core: Core, { within }: Spans): Core {
  const { authorizations, joins, links, moves, passwords, signUps, submissions, tokens } = core;

  /** The same call, in a span. */
  const around =
    <A extends readonly unknown[], T>(name: SpanName, call: (...args: A) => Promise<T>, factsOf: (...args: A) => SpanFacts = () => NONE) =>
    (...args: A): Promise<T> =>
      within(name, factsOf(...args), () => call(...args));

  const byProvider = (provider: string): SpanFacts => ({ provider });
  return {
    ...core,
    authorizations: {
      ...authorizations,
      prepare: around('prepare', authorizations.prepare, ({ provider }) => ({ provider })),
      finish: around('finish', authorizations.finish, ({ provider }) => ({ provider })),
    },
    joins: { ...joins, finish: around('link', joins.finish) },
    links: { ...links, unlink: around('unlink', links.unlink, providerOf) },
    moves: { ...moves, move: around('link', moves.move) },
    passwords: {
      ...passwords,
      signIn: around('password_sign_in', passwords.signIn),
      signUp: around('sign_up', passwords.signUp),
      set: around('password_set', passwords.set),
      remove: around('password_remove', passwords.remove),
      removePermitted: around('password_remove', passwords.removePermitted),
    },
    signUps: { ...signUps, signUp: around('sign_up', signUps.signUp) },
    submissions: {
      ...submissions,
      signIn: around('submit', submissions.signIn, byProvider),
      link: around('submit', submissions.link, byProvider),
    },
    tokens: { ...tokens, refresh: around('refresh', tokens.refresh) },
  };
}
