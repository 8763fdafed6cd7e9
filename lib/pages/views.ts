// What each page shows of a person's account, according to the running configuration.

import type { Config } from '../../config/config.js';
import { keepsAccess, PASSWORD, type Removable } from '../accounts/anti-lockout.js';
import { MIN_PASSWORD_LENGTH } from '../accounts/password-rule.js';
import type { Account, SignInMethod, SocialLink } from '../accounts/types.js';
import { methodId, type UsableMethods } from '../accounts/usable-methods.js';
import type { ProviderConfig } from '../providers/provider-config.js';
import { MARKS } from './assets.js';
import type { Page } from './page.js';
import type { Connection, ProviderButton } from './page-parts.js';
import type { PagePaths } from './paths.js';

export interface ViewsOptions {
  readonly config: Config;
  readonly usable: Pick<UsableMethods, 'acceptsLink' | 'mayUnlink'>;
  readonly paths: PagePaths;
  /** How a provider is called, configured or not. */
  displayName(provider: string): string;
  /** Passwords are ours to ask for and to set, and one signs in. */
  readonly passwords: boolean;
  /** Links are mailed to whoever has forgotten theirs. */
  readonly recovers: boolean;
  /** There is a page of sessions. */
  readonly sessions: boolean;
}

export interface AccountView {
  readonly account: Account;
  /** Those that work now. */
  readonly methods: readonly SignInMethod[];
  /** Whether there is a password to change or to remove, usable or not. */
  readonly hasPassword: boolean;
  /** The provider, or `password`, whose question stands open. */
  readonly asking?: string | undefined;
}

export interface Views {
  /** @param known what the form is filled in with, and by which way this browser last signed in: a provider's id, or `password` */
  signIn(returnTo: string, known?: { readonly email?: string; readonly lastWay?: string | undefined }): Page;
  /** @param methods those that work now */
  reauthenticate(account: Account, methods: readonly SignInMethod[], returnTo: string): Page;
  /**
   * @param provider whose identity it is, which is no way to prove anything with
   * @param methods those that work now; undefined: whoever asks is not to learn them
   */
  join(provider: string, methods: readonly SignInMethod[] | undefined): Page;
  connections(view: AccountView): Page;
}

export function createViews({ config, usable, paths, displayName, passwords, recovers, sessions }: ViewsOptions): Views {
  const enabled = [...config.providers.values()].filter((provider) => provider.enabled);

  /** The host's picture, else the provider's mark, else none. */
  const iconOf = ({ type, icon }: ProviderConfig) => (icon === '' && MARKS.has(type) ? `${paths.assets}/marks/${type}.svg` : icon);

  const button = (provider: ProviderConfig, url: string): ProviderButton => ({ name: provider.displayName, icon: iconOf(provider), url });

  /** The rule's own question, asked ahead so that a button can say no before it is pressed. */
  function isLocked({ methods }: AccountView, removing: Removable): boolean {
    return !keepsAccess(methods, removing);
  }

  function connectionOf(view: AccountView, id: string, link: SocialLink | undefined): Connection {
    const provider = config.providers.get(id);
    const kept = usable.mayUnlink?.(id) === false;
    const locked = link !== undefined && isLocked(view, { kind: 'link', provider: id });
    return {
      name: displayName(id),
      icon: provider === undefined ? '' : iconOf(provider),
      link: link && { linkedAt: link.linkedAt, lastUsedAt: link.lastUsedAt, identity: link.email ?? link.name },
      action: link === undefined ? 'link' : kept ? 'kept' : locked ? 'locked' : 'unlink',
      url: link === undefined ? paths.link(id) : paths.unlink(id),
      inService: link === undefined || usable.acceptsLink(link) !== false,
      asking: view.asking === id,
    };
  }

  return {
    signIn: (returnTo, { email = '', lastWay } = {}) => ({
      kind: 'sign-in',
      providers: enabled.map((provider) => ({
        ...button(provider, paths.start(provider.id, returnTo)),
        lastUsed: provider.id === lastWay,
      })),
      password: passwords
        ? { action: paths.signInByPassword, email, forgotUrl: recovers ? paths.forgot : undefined, lastUsed: lastWay === 'password' }
        : undefined,
      returnTo,
    }),
    reauthenticate({ user }, methods, returnTo) {
      const works = (removable: Removable) => methods.some(({ id }) => id === methodId(removable));
      const own = enabled.filter(({ id }) => works({ kind: 'link', provider: id }));
      const hasPassword = passwords && works(PASSWORD);
      return {
        kind: 'reauthenticate',
        providers: own.map((provider) => button(provider, paths.startAgain(provider.id, returnTo))),
        password: hasPassword ? { action: paths.signInByPassword, email: user.email ?? '' } : undefined,
        returnTo,
      };
    },
    join(provider, methods) {
      const works = (removable: Removable) => methods === undefined || methods.some(({ id }) => id === methodId(removable));
      const ways = enabled.filter(({ id }) => id !== provider && works({ kind: 'link', provider: id }));
      return {
        kind: 'join',
        provider: displayName(provider),
        providers: ways.map((way) => button(way, paths.start(way.id, paths.join))),
        password: passwords && works(PASSWORD) ? { action: paths.signInByPassword, email: '' } : undefined,
        returnTo: paths.join,
      };
    },
    connections(view) {
      const { user, links } = view.account;
      const linkOf = (id: string) => links.find(({ provider }) => provider === id);
      const others = links.map(({ provider }) => provider).filter((id) => enabled.every((provider) => provider.id !== id));
      return {
        kind: 'connections',
        sessionsUrl: sessions ? paths.sessions : undefined,
        connections: [...enabled.map(({ id }) => id), ...others].map((id) => connectionOf(view, id, linkOf(id))),
        password: passwords
          ? {
              setUrl: paths.setPassword,
              removeUrl: paths.removePassword,
              isSet: view.hasPassword,
              minLength: MIN_PASSWORD_LENGTH,
              asking: view.asking === 'password',
              locked: view.hasPassword && isLocked(view, PASSWORD),
              email: user.email,
            }
          : undefined,
        address: recovers
          ? { changeUrl: paths.changeAddress, email: user.email, isProven: user.emailVerified, asksPassword: view.hasPassword }
          : undefined,
      };
    },
  };
}
