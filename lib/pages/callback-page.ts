// What a browser sees when a provider sends it back from a flow that was prepared by JSON.

import { Eta } from 'eta';

export type CallbackView =
  /** This browser prepared the flow: the page's script sends the finish call. */
  | { readonly kind: 'finish'; readonly url: string; readonly body: Readonly<Record<string, unknown>> }
  /** Another client did: the person hands back what the redirect carried. */
  | { readonly kind: 'hand-back'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused' }
  /** What the browser sent is not taken. */
  | { readonly kind: 'failed'; readonly message: string };

export interface CallbackPage {
  readonly appName: string;
  readonly assets: string;
  readonly view: CallbackView;
}

const eta = new Eta({ autoEscape: true });

const TEMPLATE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Sign-in · <%= it.appName %></title>
<link rel="stylesheet" href="<%= it.assets %>/page.css">
<% if (it.view.kind === 'finish') { %><script src="<%= it.assets %>/finish.js" defer></script><% } %>
</head>
<body>
<main>
<% if (it.view.kind === 'finish') { %>
<h1>Signing in to <%= it.appName %></h1>
<p id="status" role="status" data-url="<%= it.view.url %>" data-body="<%= JSON.stringify(it.view.body) %>">One moment…</p>
<noscript><p>This step needs JavaScript.</p></noscript>
<% } else if (it.view.kind === 'hand-back') { %>
<h1>Back to your app</h1>
<p>You started this sign-in in another program. Give it these values to finish there; nothing has been signed in here.</p>
<dl>
<% for (const [name, value] of Object.entries(it.view.body)) { %><dt><%= name === 'session_id' ? 'session_id (state)' : name %></dt><dd><code><%= value %></code></dd>
<% } %></dl>
<p>As the body of the finish call:</p>
<pre><code><%= JSON.stringify(it.view.body) %></code></pre>
<p>Do not give them to anybody who asks you for them.</p>
<% } else if (it.view.kind === 'failed') { %>
<h1>Sign-in was not completed</h1>
<p><%= it.view.message %>. Nothing has changed.</p>
<% } else { %>
<h1>Sign-in was not completed</h1>
<p>The provider reported that sign-in was refused or went wrong. Nothing has changed; you can close this window and try again.</p>
<% } %>
</main>
</body>
</html>
`;

export function renderCallbackPage(page: CallbackPage): string {
  return eta.renderString(TEMPLATE, page);
}
