// Two questions about an identity that another account conflicts with: is that account yours, and should its link be moved?

import type { View } from './layout.js';
import type { Page } from './page.js';
import type { PageFrame } from './page-frame.js';
import { signInWays } from './sign-in-ways.js';
import { linkTarget, template } from './template.js';
import type { PageTexts } from './texts/texts.js';

type JoinPage = Extract<Page, { readonly kind: 'join' }>;
type MovePage = Extract<Page, { readonly kind: 'move' }>;

/** What a flow came to is said by the question itself. */
const WHY = `<p class="<%= it.isNew ? 'message failure' : 'lead' %>"<%~ it.isNew ? ' role="alert"' : '' %>><%= it.why %></p>
`;

interface JoinFacts {
  /** The flow has just come to this. */
  readonly isNew: boolean;
  readonly why: string;
  readonly how: string;
  readonly waysHtml: string;
  readonly backUrl: string;
  readonly back: string;
}

const renderJoin = template<JoinFacts>(`${WHY}<p><%= it.how %></p>
<%~ it.waysHtml %>
<p class="links"><a href="<%= it.backUrl %>"><%= it.back %></a></p>
`);

export function joinPage(page: JoinPage, { paths, failure }: PageFrame, texts: PageTexts): View {
  const { provider, providers, password, returnTo } = page;
  const say = texts.join;
  const ways = {
    providers,
    password,
    returnTo,
    fixedEmail: false,
    buttonText: texts.signIn.continueWith,
    submit: say.submit,
    noWay: say.noWay,
  };
  const isNew = failure?.code === 'email_taken';
  const facts = { isNew, why: say.why(provider), how: say.how(provider), waysHtml: signInWays(ways, texts) };
  return {
    heading: say.title,
    bodyHtml: renderJoin({ ...facts, backUrl: paths.signIn, back: texts.toSignIn }),
    shape: 'card',
    tellsFailure: isNew,
  };
}

interface MoveFacts {
  readonly isNew: boolean;
  readonly why: string;
  readonly page: MovePage;
  readonly url: string;
  readonly connectionsUrl: string;
  readonly texts: PageTexts;
}

const renderMove = template<MoveFacts>(`<% const { page, texts: { move: say } } = it; %>
${WHY}<dl class="values">
<div>
<dt><%= say.account %></dt>
<dd><strong><%= page.nickname %></strong></dd>
</div>
</dl>
<p><%= say.what(page.provider) %></p>
<form class="choice" method="post" action="<%= it.url %>">
<button<%~ page.locked ? '' : ' class="main"' %><% if (page.locked) { %> disabled aria-describedby="move-locked"<% } %>><%= say.confirm(page.provider) %></button>
<a class="button quiet" href="<%= it.connectionsUrl %>"><%= it.texts.cancel %></a>
</form>
<% if (page.locked) { %><p class="hint reason" id="move-locked"><%= say.locked %></p>
<% } %>`);

export function movePage(page: MovePage, { paths, failure }: PageFrame, texts: PageTexts): View {
  const isNew = failure?.code === 'linked_to_other_user';
  const why = texts.move.why(page.provider);
  const bodyHtml = renderMove({ isNew, why, page, url: linkTarget(page.url), connectionsUrl: paths.connections, texts });
  return { heading: texts.move.title(page.provider), bodyHtml, shape: 'card', tellsFailure: isNew };
}
