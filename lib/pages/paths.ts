// The addresses that our pages lead to, all on this origin.

export interface PagePaths {
  readonly assets: string;
  readonly signIn: string;
  readonly connections: string;
  readonly signOut: string;
  /** Takes the password form of the sign-in page. */
  readonly signInByPassword: string;
  readonly setPassword: string;
  readonly removePassword: string;
  start(provider: string, returnTo: string): string;
  startLinking(provider: string, returnTo: string): string;
  startAgain(provider: string, returnTo: string): string;
  /** What `startLinking` made, taken apart; undefined for any other path. */
  linkingOf(path: string): { readonly provider: string; readonly returnTo: string } | undefined;
  link(provider: string): string;
  unlink(provider: string): string;
  /** The connections page with the question about a provider open. */
  asking(provider: string): string;
}

/** @param prefix of the browser's paths. @param startPage where the sign-in page stands; default: the connections page shows it */
export function createPagePaths(prefix: string, startPage: string | undefined): PagePaths {
  const auth = `${prefix}/auth`;
  const connections = `${prefix}/account/connections`;
  const returning = (path: string, returnTo: string) => `${path}?${new URLSearchParams({ returnTo })}`;
  return {
    assets: '/callback/openid/assets',
    signIn: startPage ?? connections,
    connections,
    signOut: `${auth}/logout`,
    signInByPassword: `${auth}/password`,
    setPassword: `${connections}/password`,
    removePassword: `${connections}/password/remove`,
    start: (provider, returnTo) => returning(`${auth}/${provider}`, returnTo),
    startLinking: (provider, returnTo) => returning(`${auth}/${provider}/link`, returnTo),
    startAgain: (provider, returnTo) => returning(`${auth}/${provider}/confirm`, returnTo),
    linkingOf(path) {
      const { pathname, searchParams } = new URL(path, 'https://origin.invalid');
      const provider = pathname.startsWith(`${auth}/`) ? /^([^/]+)\/link\/?$/i.exec(pathname.slice(auth.length + 1))?.[1] : undefined;
      return provider === undefined ? undefined : { provider, returnTo: searchParams.get('returnTo') ?? '/' };
    },
    link: (provider) => `${connections}/${provider}/link`,
    unlink: (provider) => `${connections}/${provider}/unlink`,
    asking: (provider) => `${connections}?${new URLSearchParams({ asking: provider })}`,
  };
}
