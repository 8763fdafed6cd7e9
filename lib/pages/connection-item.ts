// One provider on the connections page: what is linked, and the button that changes it.

import { linkTarget } from './link-target.js';
import { longDate } from './long-date.js';
import type { Connection, PageFrame } from './page.js';
import { providerIcon } from './provider-icon.js';
import { template } from './template.js';
import type { PageTexts } from './texts/texts.js';

interface Facts {
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

const render = template<Facts>(`<% const { connection: { name, link, action, inService, asking }, texts: { connections: say } } = it; %>
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

export interface ItemSurroundings {
  readonly index: number;
  readonly reason: string;
}

export function connectionItem(connection: Connection, { index, reason }: ItemSurroundings, frame: PageFrame, texts: PageTexts): string {
  const { link, url } = connection;
  return render({
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
