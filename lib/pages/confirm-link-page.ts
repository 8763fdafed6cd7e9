// The question before a link that another site has begun: it names the account that the provider would sign in to.

import type { View } from './layout.js';
import type { Page } from './page.js';
import { linkTarget, template } from './template.js';
import type { PageTexts } from './texts/texts.js';

type ConfirmLinkPage = Extract<Page, { readonly kind: 'confirm-link' }>;

interface Facts {
  readonly page: ConfirmLinkPage;
  readonly url: string;
  readonly email: string | undefined;
  readonly texts: PageTexts;
}

const render = template<Facts>(`<p class="lead"><%= it.texts.confirmLink.why(it.page.provider) %></p>
<dl class="values">
<div>
<dt><%= it.texts.confirmLink.account %></dt>
<dd><strong><%= it.page.account.nickname %></strong></dd>
</div>
<% if (it.email !== undefined) { %><div>
<dt><%= it.texts.email %></dt>
<dd><strong><%= it.email %></strong></dd>
</div>
<% } %></dl>
<p><%= it.texts.confirmLink.warning(it.page.provider) %></p>
<form class="choice" method="post" action="<%= it.url %>">
<input type="hidden" name="ticket" value="<%= it.page.ticket %>">
<button name="answer" value="no"><%= it.texts.cancel %></button>
<button class="main" name="answer" value="yes"><%= it.texts.confirmLink.confirm(it.page.provider) %></button>
</form>
`);

export function confirmLinkPage(page: ConfirmLinkPage, texts: PageTexts): View {
  const { email, emailVerified } = page.account;
  // Anybody can write somebody else's address into an account of their own.
  const shown = email === undefined || emailVerified ? email : texts.confirmLink.unproven(email);
  const bodyHtml = render({ page, url: linkTarget(page.url), email: shown, texts });
  return { heading: texts.confirmLink.title(page.provider), bodyHtml, shape: 'card' };
}
