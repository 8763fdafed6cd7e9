// The rules, and what a host's code asks of them, with a span around each of what somebody waits for.

import type { Permit } from '../accounts/anti-lockout.js';
import type { SpanFacts, SpanName, Spans } from '../tracing/spans.js';
import type { Core } from './core.js';
import type { HostLinks } from './host-links.js';

/** What is done without a provider. */
const NONE: SpanFacts = {};

const providerOf = ({ removing }: Permit): SpanFacts => (removing.kind === 'link' ? { provider: removing.provider } : NONE);

/** Gives the same call, in a span. */
const aroundBy =
  ({ within }: Spans) =>
  <A extends readonly unknown[], T>(name: SpanName, call: (...args: A) => Promise<T>, factsOf: (...args: A) => SpanFacts = () => NONE) =>
  (...args: A): Promise<T> =>
    within(name, factsOf(...args), () => call(...args));

export function tracedCore(core: Core, spans: Spans): Core {
  const { addresses, authorizations, joins, links, moves, passwords, recovery, signUps, submissions, tokens } = core;
  const around = aroundBy(spans);
  const byProvider = (provider: string): SpanFacts => ({ provider });
  return {
    ...core,
    addresses: { ...addresses, verify: around('verify_email', addresses.verify) },
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
    recovery: { ...recovery, reset: around('password_reset', recovery.reset) },
    signUps: { ...signUps, signUp: around('sign_up', signUps.signUp) },
    submissions: {
      ...submissions,
      signIn: around('submit', submissions.signIn, byProvider),
      link: around('submit', submissions.link, byProvider),
    },
    tokens: { ...tokens, refresh: around('refresh', tokens.refresh) },
  };
}

/** What goes through the rules above has its span there. */
export function tracedLinks(links: HostLinks, spans: Spans): HostLinks {
  const { within } = spans;
  return {
    ...links,
    import: aroundBy(spans)('import', links.import),
    accessToken: (userId, provider, options) => within('access_token', { provider }, () => links.accessToken(userId, provider, options)),
    removeMethod: (permit, change) => within('guard', NONE, () => links.removeMethod(permit, change)),
    guard: (userId, change) => within('guard', NONE, () => links.guard(userId, change)),
  };
}
