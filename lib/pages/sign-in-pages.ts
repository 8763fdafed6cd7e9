// The pages where people sign in, or prove again who they are.

import type { View } from './layout.js';
import type { Page } from './page.js';
import type { PageFrame } from './page-frame.js';
import { signInWays } from './sign-in-ways.js';
import { template } from './template.js';
import type { PageTexts } from './texts/texts.js';

type SignInPage = Extract<Page, { readonly kind: 'sign-in' }>;
type ReauthenticatePage = Extract<Page, { readonly kind: 'reauthenticate' }>;

export function signInPage({ providers, password, returnTo }: SignInPage, { appName }: PageFrame, texts: PageTexts): View {
  const { continueWith, noWay, submit, title } = texts.signIn;
  const ways = { providers, password, returnTo, fixedEmail: false, buttonText: continueWith, submit, noWay };
  return { heading: title(appName), bodyHtml: signInWays(ways, texts), shape: 'card' };
}

interface ReauthenticateFacts {
  readonly why: string;
  readonly waysHtml: string;
  readonly backUrl: string;
  readonly back: string;
}

const renderReauthenticate = template<ReauthenticateFacts>(`<p class="lead"><%= it.why %></p>
<%~ it.waysHtml %>
<p class="links"><a href="<%= it.backUrl %>"><%= it.back %></a></p>
`);

export function reauthenticatePage(page: ReauthenticatePage, { appName, paths }: PageFrame, texts: PageTexts): View {
  const { providers, password, returnTo } = page;
  const { confirmWith, noWay, submit, title, why } = texts.reauthenticate;
  const ways = { providers, password, returnTo, fixedEmail: true, buttonText: confirmWith, submit, noWay };
  const facts = { why: why(appName), waysHtml: signInWays(ways, texts), backUrl: paths.connections, back: texts.toConnections };
  return { heading: title, bodyHtml: renderReauthenticate(facts), shape: 'card' };
}
