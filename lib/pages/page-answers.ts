// Sends a page: in the person's language, under a policy without inline scripts or styles, with the message from the action before it.

import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import type { Config } from '../../config/config.js';
import type { LatchkeyError } from '../accounts/errors.js';
import type { FlashCookie, FlashMessage } from '../http/flash-cookie.js';
import { factsOf } from '../http/request-facts.js';
import { textsFor } from '../support/languages.js';
import { pageLanguage } from './language.js';
import type { Page, RenderPage } from './page.js';
import type { Notice, PageFrame } from './page-frame.js';
import type { PagePaths } from './paths.js';
import type { PageTexts } from './texts/texts.js';

export interface PageAnswersOptions {
  readonly config: Config;
  readonly paths: PagePaths;
  readonly notices: FlashCookie;
  readonly render: RenderPage;
  /** By BCP 47 tag. */
  readonly languages: ReadonlyMap<string, PageTexts>;
  readonly stylesheet: string | undefined;
  displayName(provider: string): string;
}

export interface ShowOptions {
  /** The HTTP status; default 200. */
  readonly status?: number;
  readonly failure?: LatchkeyError;
}

export type ShowPage = (req: Request, res: Response, page: Page, options?: ShowOptions) => void;

/** Where pictures of providers come from. */
function iconSources(config: Config): readonly string[] {
  const icons = [...config.providers.values()].map(({ icon }) => icon).filter((icon) => /^(?:https?|data):/.test(icon));
  return [...new Set(icons.map((icon) => (icon.startsWith('data:') ? 'data:' : new URL(icon).origin)))];
}

const STRICT = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  'connect-src': ["'self'"],
  'form-action': ["'none'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

function policyOf(directives: Readonly<Record<string, readonly string[]>>): RequestHandler {
  return helmet.contentSecurityPolicy({ useDefaults: false, directives });
}

/**
 * Chromium holds every redirect that follows a form against `form-action`, and nobody knows through which hosts a provider sends
 * people. Scripts and plain http (but in development) stay out.
 */
function formPolicy(config: Config): RequestHandler {
  return policyOf({
    ...STRICT,
    'img-src': ["'self'", ...iconSources(config)],
    'form-action': ["'self'", 'https:', ...(config.baseUrl.startsWith('http:') ? ['http:'] : [])],
  });
}

const HAS_FORMS: ReadonlySet<Page['kind']> = new Set([
  'sign-in',
  'reauthenticate',
  'confirm-link',
  'connections',
  'ask-for-link',
  'reset-password',
  'confirm-address',
  'sessions',
  'join',
  'move',
]);

export function createPageAnswers({ config, paths, notices, render, languages, stylesheet, displayName }: PageAnswersOptions): ShowPage {
  const known = [...languages.keys()];
  const [strict, withForms] = [policyOf(STRICT), formPolicy(config)];

  function noticeOf(kept: FlashMessage | undefined): Notice | undefined {
    return kept !== undefined && 'provider' in kept ? { ...kept, provider: displayName(kept.provider) } : kept;
  }

  function saidBy(provider: string | undefined, { said }: LatchkeyError) {
    return provider === undefined || said === undefined ? {} : { said: { provider: displayName(provider), error: said } };
  }

  return (req, res, page, { status = 200, failure } = {}) => {
    const user = factsOf(req).signedIn?.account.user;
    const language = pageLanguage(user?.language, req.get('accept-language'), known);
    const frame: PageFrame = {
      appName: config.appName || textsFor(language, languages).thisApp,
      language,
      paths: { assets: paths.assets, signIn: paths.signIn, connections: paths.connections, signOut: paths.signOut },
      stylesheet,
      user: user && { nickname: user.nickname, email: user.email },
      // Nobody reads it on a page that goes on by itself.
      notice: req.method === 'HEAD' || page.kind === 'continue' ? undefined : noticeOf(notices.take(req, res)),
      failure: failure && { code: failure.code, message: failure.message, ...saidBy(factsOf(req).provider, failure) },
    };
    const html = render(page, frame);
    res.status(status).type('html');
    res.setHeader('Content-Language', frame.language);
    const hasForms = HAS_FORMS.has(page.kind);
    // With `no-referrer` a form would say `Origin: null`; the addresses of the other pages may hold a code.
    res.setHeader('Referrer-Policy', hasForms ? 'same-origin' : 'no-referrer');
    (hasForms ? withForms : strict)(req, res, () => res.send(html));
  };
}
