// The connections page: a person's ways to sign in, and what they can change about them.

import { addressSection, passwordSection } from './account-sections.js';
import type { View } from './layout.js';
import type { Page } from './page.js';
import type { PageFrame } from './page-frame.js';
import type { Connection } from './page-parts.js';
import { linkTarget, longDate, providerIcon, template } from './template.js';
import type { PageTexts, Remedy } from './texts/texts.js';

type ConnectionsPage = Extract<Page, { readonly kind: 'connections' }>;

interface ItemFacts {
  readonly connection: Connection;
  readonly url: string;
  /** Unique on the page. */
  readonly id: string;
  readonly iconHtml: string;
  readonly linkedAtHtml: string;
  /** Absent: linked, and not used yet. */
  readonly lastUsedHtml: string | undefined;
  /** Why a locked one is locked. */
  readonly reason: string;
  readonly connectionsUrl: string;
  readonly texts: PageTexts;
}

const renderItem =
  template<ItemFacts>(`<% const { connection: { name, link, action, inService, asking }, texts: { connections: say } } = it; %>
<li class="item">
<%~ it.iconHtml %>
<div class="about">
<h3><%= name %></h3>
<p class="state<%= link !== undefined && inService ? ' linked' : '' %>"><%= link === undefined ? say.notLinked : say.linked %></p>
</div>
<% if (link !== undefined) { %><dl>
<% if (link.identity !== undefined) { %><div><dt><%= say.identity %></dt><dd><%= link.identity %></dd></div>
<% } %><div><dt><%= say.linkedSince %></dt><dd><%~ it.linkedAtHtml %></dd></div>
<div><dt><%= say.lastUsed %></dt><dd><% if (it.lastUsedHtml === undefined) { %><%= say.neverUsed %><% } else { %><%~ it.lastUsedHtml %><% } %></dd></div>
</dl>
<% if (!inService) { %><p class="hint"><%= say.outOfService(name) %></p>
<% } } %>
<% if (action === 'link') { %><form class="act" method="post" action="<%= it.url %>">
<button aria-label="<%= say.linkNamed(name) %>"><%= say.link %></button>
</form>
<% } else if (action === 'unlink') { %><details<%~ asking ? ' open' : '' %>>
<summary class="button" aria-label="<%= say.unlinkNamed(name) %>"><%= say.unlink %></summary>
<form class="question" method="post" action="<%= it.url %>">
<p><%= say.question(name) %></p>
<button class="danger"><%= say.confirm(name) %></button>
<a class="button quiet" href="<%= it.connectionsUrl %>"><%= it.texts.cancel %></a>
</form>
</details>
<% } else { %><form class="act" method="post" action="<%= it.url %>">
<button disabled aria-label="<%= say.unlinkNamed(name) %>" aria-describedby="<%= it.id %>"><%= say.unlink %></button>
</form>
<p class="hint reason" id="<%= it.id %>"><%= it.reason %></p>
<% } %>
</li>
`);

interface ItemSurroundings {
  readonly index: number;
  readonly reason: string;
}

/** One provider: what is linked, and the button that changes it. */
function connectionItem(connection: Connection, { index, reason }: ItemSurroundings, frame: PageFrame, texts: PageTexts): string {
  const { link, url } = connection;
  return renderItem({
    connection,
    url: linkTarget(url),
    id: `locked-${index}`,
    iconHtml: providerIcon(connection),
    linkedAtHtml: link === undefined ? '' : longDate(link.linkedAt, frame.language),
    lastUsedHtml: link?.lastUsedAt && longDate(link.lastUsedAt, frame.language),
    reason: connection.action === 'kept' ? texts.connections.kept(connection.name) : reason,
    connectionsUrl: frame.paths.connections,
    texts,
  });
}

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
