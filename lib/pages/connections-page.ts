// Everything that signs somebody in, and what they can change about it.

import { addressSection } from './address-section.js';
import { connectionItem } from './connection-item.js';
import type { View } from './layout.js';
import { linkTarget } from './link-target.js';
import type { Page, PageFrame } from './page.js';
import { passwordSection } from './password-section.js';
import { template } from './template.js';
import type { PageTexts, Remedy } from './texts/texts.js';

type ConnectionsPage = Extract<Page, { readonly kind: 'connections' }>;

interface Facts {
  readonly user: PageFrame['user'];
  readonly itemsHtml: string;
  readonly passwordHtml: string;
  readonly addressHtml: string;
  readonly sessionsUrl: string | undefined;
  readonly texts: PageTexts;
}

const render = template<Facts>(`<% const { user, texts: { connections: say } } = it; %>
<% if (user !== undefined) { %><p class="lead"><%= say.signedInAs %> <strong><%= user.nickname %></strong><% if (user.email !== undefined) { %> <span class="address">(<%= user.email %>)</span><% } %></p>
<% } %>
<section aria-labelledby="accounts-heading">
<h2 id="accounts-heading"><%= say.accounts %></h2>
<% if (it.itemsHtml === '') { %><p><%= say.none %></p>
<% } else { %><p class="hint"><%= say.explained %></p>
<ul class="items" role="list">
<%~ it.itemsHtml %>
</ul>
<% } %>
</section>
<%~ it.passwordHtml %>
<%~ it.addressHtml %>
<% if (it.sessionsUrl !== undefined) { %><p class="links"><a href="<%= it.sessionsUrl %>"><%= it.texts.toSessions %></a></p>
<% } %>`);

/** Only what can be done on this page is worth recommending. */
function remedyOn({ connections, password }: ConnectionsPage): Remedy {
  const canSetPassword = password !== undefined && !password.isSet && password.email !== undefined;
  const canLink = connections.some(({ action }) => action === 'link');
  if (canSetPassword) return canLink ? 'password_or_link' : 'password';
  return canLink ? 'link' : 'none';
}

export function connectionsPage(page: ConnectionsPage, frame: PageFrame, texts: PageTexts): View {
  const reason = texts.locked[remedyOn(page)];
  const canLink = page.connections.some(({ action }) => action === 'link');
  const items = page.connections.map((connection, index) => connectionItem(connection, { index, reason }, frame, texts));
  const bodyHtml = render({
    user: frame.user,
    itemsHtml: items.join(''),
    passwordHtml: page.password === undefined ? '' : passwordSection(page.password, { canLink }, frame, texts),
    addressHtml: page.address === undefined ? '' : addressSection(page.address, texts),
    sessionsUrl: page.sessionsUrl === undefined ? undefined : linkTarget(page.sessionsUrl),
    texts,
  });
  return { heading: texts.connections.title, bodyHtml, shape: 'list', signOut: true };
}
