// The addresses that our pages lead to, all on this origin.

import type { Mount } from '../http/mount.js';

export interface PagePaths {
  readonly assets: string;
  /** Of the redirect URIs. */
  callback(segment: string): string;
  /** As people see it, of a path of ours as the router does. */
  inPublic(path: string): string;
  readonly signIn: string;
  /** Where the host has people sign in who then go on to `returnTo`; undefined where that is ours to ask. */
  hostSignIn(returnTo: string): string | undefined;
  readonly connections: string;
  /** Asks whose account it is that has an identity's address; to come back there from a sign-in has the identity linked. */
  readonly join: string;
  /** Asks whether a link is to be moved from another account. */
  readonly move: string;
  readonly sessions: string;
  readonly endOtherSessions: string;
  endSession(id: string): string;
  readonly signOut: string;
  /** Takes the password form of the sign-in page. */
  readonly signInByPassword: string;
  /** Asks for a link to set a new password. */
  readonly forgot: string;
  /** Behind that link. */
  readonly reset: string;
  /** Behind a link that proves an address. */
  readonly verify: string;
  /** Takes the form that has that link mailed again. */
  readonly verifyAgain: string;
  readonly changeAddress: string;
  readonly setPassword: string;
  readonly removePassword: string;
  start(provider: string, returnTo: string): string;
  startLinking(provider: string, returnTo: string): string;
  startAgain(provider: string, returnTo: string): string;
  /** Opening it begins a flow to a provider, or coming back to it from one links, with whatever the path says. */
  startsFlow(path: string): boolean;
  /** What `startLinking` made, taken apart; undefined for any other path. */
  linkingOf(path: string): { readonly provider: string; readonly returnTo: string } | undefined;
  link(provider: string): string;
  unlink(provider: string): string;
  /** The connections page with the question about a provider open. */
  asking(provider: string): string;
}

export interface PagePathsOptions {
  readonly mount: Mount;
  /** Stand before the browser's paths; our pages link to the first. */
  readonly prefixes: readonly string[];
  /** Stand before GenAuth's paths. */
  readonly genauthPrefixes: readonly string[];
  /** Where our sign-in page stands; default: the connections page shows it. */
  readonly startPage: string | undefined;
  /** The host's own sign-in page. */
  readonly signIn: string | undefined;
}

export function createPagePaths({ mount, prefixes, genauthPrefixes, startPage, signIn }: PagePathsOptions): PagePaths {
  const inPublic = (path: string) => `${mount.prefix}${path}`;
  const prefix = inPublic(prefixes[0] ?? '');
  const callback = inPublic(mount.callback);
  const auth = `${prefix}/auth`;
  const authorizations = [...prefixes.map((each) => `${each}/auth/`), ...genauthPrefixes.map((each) => `${each}/link-extidp`)].map(
    inPublic,
  );
  const connections = `${prefix}/account/connections`;
  const sessions = `${prefix}/account/sessions`;
  const join = `${prefix}/account/join`;
  const returning = (path: string, returnTo: string) => `${path}?${new URLSearchParams({ returnTo })}`;
  return {
    assets: `${callback}/assets`,
    callback: (segment) => `${callback}/${segment}`,
    inPublic,
    signIn: signIn ?? (startPage === undefined ? connections : inPublic(startPage)),
    hostSignIn: (returnTo) => (signIn === undefined ? undefined : returning(signIn, returnTo)),
    connections,
    join,
    move: `${prefix}/account/move`,
    sessions,
    endOtherSessions: `${sessions}/end-others`,
    endSession: (id) => `${sessions}/${id}/end`,
    signOut: `${auth}/logout`,
    signInByPassword: `${auth}/password`,
    forgot: `${auth}/forgot`,
    reset: `${auth}/reset`,
    verify: `${auth}/verify`,
    verifyAgain: `${auth}/verify/again`,
    changeAddress: `${connections}/email`,
    setPassword: `${connections}/password`,
    removePassword: `${connections}/password/remove`,
    start: (provider, returnTo) => returning(`${auth}/${provider}`, returnTo),
    startLinking: (provider, returnTo) => returning(`${auth}/${provider}/link`, returnTo),
    startAgain: (provider, returnTo) => returning(`${auth}/${provider}/confirm`, returnTo),
    // Routes ignore letter case.
    startsFlow: (path) => [...authorizations, join].some((start) => path.toLowerCase().startsWith(start.toLowerCase())),
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
