// The page of a person's sessions, with buttons to end them.

import type { View } from './layout.js';
import type { Page } from './page.js';
import type { PageFrame } from './page-frame.js';
import type { OwnSession } from './page-parts.js';
import { linkTarget, longTime, providerIcon, template } from './template.js';
import type { PageTexts } from './texts/texts.js';

type SessionsPage = Extract<Page, { readonly kind: 'sessions' }>;

interface ItemFacts {
  readonly session: OwnSession;
  readonly name: string;
  readonly url: string;
  /** Unique on the page. */
  readonly id: string;
  readonly iconHtml: string;
  readonly openedAtHtml: string;
  readonly lastActiveHtml: string;
  readonly texts: PageTexts;
}

const renderItem = template<ItemFacts>(`<% const { session, name, texts: { sessions: say } } = it; %>
<li class="item">
<%~ it.iconHtml %>
<div class="about">
<h3 id="<%= it.id %>"><%= name %></h3>
<p class="state<%= session.isCurrent ? ' linked' : '' %>"><%= session.isCurrent ? say.current : say.other %></p>
</div>
<dl>
<% if (session.address !== undefined) { %><div><dt><%= say.address %></dt><dd><%= session.address %></dd></div>
<% } %><div><dt><%= say.since %></dt><dd><%~ it.openedAtHtml %></dd></div>
<div><dt><%= say.lastActive %></dt><dd><%~ it.lastActiveHtml %></dd></div>
</dl>
<% if (!session.isCurrent) { %><form class="act" method="post" action="<%= it.url %>">
<button id="<%= it.id %>-end" aria-labelledby="<%= it.id %>-end <%= it.id %>"><%= say.end %></button>
</form>
<% } %>
</li>
`);

interface Facts {
  readonly itemsHtml: string;
  readonly endOthersUrl: string | undefined;
  readonly connectionsUrl: string;
  readonly texts: PageTexts;
}

const render = template<Facts>(`<p class="lead"><%= it.texts.sessions.explained %></p>
<ul class="items" role="list">
<%~ it.itemsHtml %>
</ul>
<section aria-labelledby="others-heading">
<h2 id="others-heading"><%= it.texts.sessions.others %></h2>
<div class="panel">
<p><%= it.endOthersUrl === undefined ? it.texts.sessions.noOthers : it.texts.sessions.othersHow %></p>
<% if (it.endOthersUrl !== undefined) { %><form method="post" action="<%= it.endOthersUrl %>">
<button class="danger"><%= it.texts.sessions.endOthers %></button>
</form>
<% } %>
</div>
</section>
<p class="links"><a href="<%= it.connectionsUrl %>"><%= it.texts.toConnections %></a></p>
`);

export function sessionsPage({ sessions, endOthersUrl }: SessionsPage, { language, paths }: PageFrame, texts: PageTexts): View {
  const items = sessions.map((session, index) => {
    const name = session.device ?? texts.sessions.unknownDevice;
    return renderItem({
      session,
      name,
      url: linkTarget(session.endUrl),
      id: `session-${index}`,
      iconHtml: providerIcon({ name, icon: '' }),
      openedAtHtml: longTime(session.openedAt, language),
      lastActiveHtml: longTime(session.lastActiveAt, language),
      texts,
    });
  });
  const bodyHtml = render({
    itemsHtml: items.join(''),
    endOthersUrl: sessions.some(({ isCurrent }) => !isCurrent) ? linkTarget(endOthersUrl) : undefined,
    connectionsUrl: paths.connections,
    texts,
  });
  return { heading: texts.sessions.title, bodyHtml, shape: 'list', signOut: true };
}
