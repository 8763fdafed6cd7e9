// The page after a refusal or an error: what happened, and where to go from here.

import type { View } from './layout.js';
import type { Page } from './page.js';
import type { PageFrame } from './page-frame.js';
import { linkTarget, template } from './template.js';
import type { PageTexts } from './texts/texts.js';

type FailurePage = Extract<Page, { readonly kind: 'failure' }>;

interface Facts {
  readonly retry: { readonly url: string; readonly text: string } | undefined;
  readonly onward: { readonly url: string; readonly text: string };
}

const render = template<Facts>(`<p class="links">
<% if (it.retry !== undefined) { %><a class="button main" href="<%= it.retry.url %>"><%= it.retry.text %></a>
<% } %>
<a class="button" href="<%= it.onward.url %>"><%= it.onward.text %></a>
</p>
`);

export function failurePage({ retryUrl }: FailurePage, { paths, user }: PageFrame, texts: PageTexts): View {
  const { signInTitle, title, tryAgain } = texts.failurePage;
  const bodyHtml = render({
    retry: retryUrl === undefined ? undefined : { url: linkTarget(retryUrl), text: tryAgain },
    onward: user === undefined ? { url: paths.signIn, text: texts.toSignIn } : { url: paths.connections, text: texts.toConnections },
  });
  return { heading: user === undefined ? signInTitle : title, bodyHtml, shape: 'card', hideUrl: true };
}
