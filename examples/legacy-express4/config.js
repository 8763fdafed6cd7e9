// The settings that differ between a developer's machine and production, from the environment.

const { env } = process;
const production = env.NODE_ENV === 'production';

/** In production no secret has a default. */
function secret(name, placeholder) {
  const value = env[name] ?? (production ? undefined : placeholder);
  if (value === undefined) throw new Error(`${name} must be set`);
  return value;
}

/** A provider is offered once its client id is there. */
function providers() {
  const oidc = { issuer: env.OIDC_ISSUER, clientId: env.OIDC_CLIENT_ID, clientSecret: env.OIDC_CLIENT_SECRET };
  const google = { clientId: env.GOOGLE_CLIENT_ID, clientSecret: env.GOOGLE_CLIENT_SECRET };
  return {
    ...(oidc.clientId === undefined ? {} : { oidc: { ...oidc, displayName: env.OIDC_NAME ?? 'Company account' } }),
    ...(google.clientId === undefined ? {} : { google: { ...google, ...(env.GOOGLE_ISSUER ? { issuer: env.GOOGLE_ISSUER } : {}) } }),
  };
}

const host = env.HOST ?? '127.0.0.1';
const port = Number(env.PORT ?? 3000);

module.exports = {
  production,
  host,
  port,
  baseUrl: env.BASE_URL ?? `http://${host}:${port}`,
  databaseFile: env.DATABASE_FILE ?? 'members.sqlite',
  sessionSecret: secret('SESSION_SECRET', 'development placeholder, never in production'),
  latchkeySecret: secret('LATCHKEY_SECRET', 'development placeholder, never in production'),
  providers: providers(),
  /** `off` starts the app as it was before: the only difference is that one router is not mounted. */
  socialSignIn: env.SOCIAL_SIGN_IN !== 'off',
};
