// Passport strategies that can never come back with an authorization code, recognized by their shape, because no two packages share a
// class.

interface Kind {
  /** Members that strategies of this kind have and no other. */
  readonly members: readonly string[];
  /** Names of classes that they are, or extend. */
  readonly classes: readonly string[];
  /** Their default names at Passport. */
  readonly names: readonly string[];
  readonly why: string;
}

const KINDS: readonly Kind[] = [
  {
    members: ['_oauth', '_requestTokenStore'],
    classes: ['OAuthStrategy', 'OAuth1Strategy'],
    names: ['oauth'],
    why: 'OAuth 1.0 returns a token and a verifier',
  },
  {
    members: ['_saml', '_samlp', '_wsfed', 'generateServiceProviderMetadata'],
    classes: ['SamlStrategy', 'SAMLStrategy', 'MultiSamlStrategy'],
    names: ['saml', 'wsfed-saml2'],
    why: 'SAML returns a signed document',
  },
  {
    members: ['_relyingParty', '_identifierField'],
    classes: ['OpenIDStrategy'],
    names: ['openid'],
    why: 'OpenID 2.0 returns an assertion (OpenID Connect is another protocol)',
  },
  {
    members: ['_usernameField', '_passwordField', '_jwtFromRequest', '_secretOrKeyProvider'],
    classes: ['LocalStrategy', 'BasicStrategy', 'DigestStrategy', 'BearerStrategy', 'JwtStrategy', 'AnonymousStrategy'],
    names: ['local', 'basic', 'digest', 'bearer', 'jwt', 'anonymous', 'ldapauth', 'cookie', 'hash', 'token'],
    why: 'this one reads credentials from the request and redirects nobody; add your own ways in through signInMethods',
  },
];

function classNamesOf(strategy: object): readonly string[] {
  const names: string[] = [];
  for (let at: unknown = Object.getPrototypeOf(strategy); typeof at === 'object' && at !== null; at = Object.getPrototypeOf(at)) {
    const made: unknown = at.constructor;
    if (typeof made === 'function') names.push(made.name);
  }
  return names;
}

/** Why it cannot be a provider; `undefined` where nothing speaks against it. */
export function whyImpossible(strategy: object): string | undefined {
  // All that extend `passport-oauth2` or `passport-openidconnect` have one, however they are called.
  if ('_oauth2' in strategy) return undefined;
  const classes = classNamesOf(strategy);
  const name: unknown = Reflect.get(strategy, 'name');
  const kind = KINDS.find(
    (one) =>
      one.members.some((member) => member in strategy) ||
      one.classes.some((known) => classes.includes(known)) ||
      one.names.some((known) => known === name),
  );
  return kind && `expected a strategy of OAuth 2.0 or OpenID Connect, which returns an authorization code: ${kind.why}`;
}
