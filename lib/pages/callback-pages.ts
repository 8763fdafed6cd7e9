// The pages for a browser that comes back from a provider in a flow that another program, or a script of this app, waits for.

import { failureText, type View } from './layout.js';
import type { Page } from './page.js';
import type { PageFrame } from './page-frame.js';
import { linkTarget, template } from './template.js';
import type { PageTexts } from './texts/texts.js';

type PageOf<Kind extends Page['kind']> = Extract<Page, { readonly kind: Kind }>;

/** Where the script fills in a name; braces stand in no sentence of ours. */
const PLACE = '{}';

const renderContinue = template<{
  readonly url: string;
  readonly goOn: string;
}>(`<p class="links"><a class="button main" href="<%= it.url %>"><%= it.goOn %></a></p>
`);

export function continuePage({ url }: PageOf<'continue'>, { callback: say }: PageTexts): View {
  const target = linkTarget(url);
  return { heading: say.moment, bodyHtml: renderContinue({ url: target, goOn: say.goOn }), shape: 'card', hideUrl: true, goesOnTo: target };
}

interface FinishFacts {
  readonly url: string;
  readonly body: string;
  readonly origins: string;
  readonly say: PageTexts['callback'];
}

const renderFinish =
  template<FinishFacts>(`<p id="status" role="status" data-url="<%= it.url %>" data-body="<%= it.body %>" data-origins="<%= it.origins %>" data-signed-in="<%= it.say.signedInAs('${PLACE}') %>" data-linked="<%= it.say.linked %>" data-failed="<%= it.say.failed('${PLACE}') %>"><%= it.say.moment %></p>
<noscript><p><%= it.say.needsScript %></p></noscript>
`);

export function finishPage({ linking, url, body, origins }: PageOf<'finish'>, { appName }: PageFrame, texts: PageTexts): View {
  const { callback: say } = texts;
  const bodyHtml = renderFinish({ url: linkTarget(url), body: JSON.stringify(body), origins: JSON.stringify(origins), say });
  return {
    heading: linking ? say.finishingLink(appName) : say.finishing(appName),
    bodyHtml,
    shape: 'card',
    script: 'finish.js',
    hideUrl: true,
  };
}

interface HandBackFacts {
  readonly values: readonly { readonly name: string; readonly value: string }[];
  readonly body: string;
  readonly say: PageTexts['callback'];
}

const renderHandBack = template<HandBackFacts>(`<p class="lead"><%= it.say.handBackHow %></p>
<dl class="values">
<% for (const { name, value } of it.values) { %><div>
<dt><%= name %></dt>
<dd><code><%= value %></code></dd>
</div>
<% } %></dl>
<p><%= it.say.asBody %></p>
<pre><code><%= it.body %></code></pre>
<p class="warning"><%= it.say.tellNobody %></p>
`);

export function handBackPage({ body }: PageOf<'hand-back'>, { callback: say }: PageTexts): View {
  const values = Object.entries(body).map(([name, value]) => ({
    name: name === 'session_id' ? 'session_id (state)' : name,
    value: String(value),
  }));
  const bodyHtml = renderHandBack({ values, body: JSON.stringify(body), say });
  return { heading: say.handBack, bodyHtml, shape: 'card', hideUrl: true };
}

interface TellOpenerFacts {
  readonly result: string;
  readonly origins: string;
  readonly failure: string | undefined;
  readonly closeWindow: string;
}

const renderTellOpener =
  template<TellOpenerFacts>(`<% if (it.failure !== undefined) { %><p class="message failure" role="alert"><%= it.failure %></p>
<% } %>
<p id="result" data-result="<%= it.result %>" data-origins="<%= it.origins %>"><%= it.closeWindow %></p>
`);

/** `errMsg` is English and for the opener; the person reads the failure in their own language. */
export function tellOpenerPage({ result, origins }: PageOf<'tell-opener'>, { failure }: PageFrame, texts: PageTexts): View {
  const { closeWindow, linkedTitle, notLinked, notLinkedTitle } = texts.callback;
  const why = failure === undefined ? notLinked : failureText(failure, texts);
  const bodyHtml = renderTellOpener({
    result: JSON.stringify(result),
    origins: JSON.stringify(origins),
    failure: result.success ? undefined : why,
    closeWindow,
  });
  const heading = result.success ? linkedTitle : notLinkedTitle;
  return { heading, bodyHtml, shape: 'card', script: 'tell-opener.js', hideUrl: true, tellsFailure: true };
}
