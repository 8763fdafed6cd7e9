// What every page has around its content: the head, the app's name, the heading and messages.

import { usualMessage } from '../accounts/errors.js';
import type { PageFrame } from './page-frame.js';
import { linkTarget, template } from './template.js';
import type { PageTexts } from './texts/texts.js';

/** A page's own part. */
export interface View {
  readonly heading: string;
  readonly bodyHtml: string;
  /** `card` is a single narrow card, `list` a wider column of cards. */
  readonly shape: 'card' | 'list';
  /** A file of our assets. */
  readonly script?: 'finish.js' | 'tell-opener.js';
  /** The page's URL carries a code; pages with forms must not ask for this, or their posts prove no origin. */
  readonly hideUrl?: boolean;
  /** The page says itself what the frame's failure is. */
  readonly tellsFailure?: boolean;
  readonly signOut?: boolean;
  /** The browser goes there at once. */
  readonly goesOnTo?: string;
}

interface Facts {
  readonly view: View;
  readonly frame: PageFrame;
  readonly texts: PageTexts;
  readonly title: string;
  readonly stylesheet: string | undefined;
  readonly messagesHtml: string;
}

const render = template<Facts>(`<!doctype html>
<html lang="<%= it.frame.language %>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<% if (it.view.hideUrl) { %><meta name="referrer" content="no-referrer">
<% } if (it.view.goesOnTo !== undefined) { %><meta http-equiv="refresh" content="0; url=<%= it.view.goesOnTo %>">
<% } %>
<title><%= it.title %></title>
<link rel="icon" href="<%= it.frame.paths.assets %>/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="<%= it.frame.paths.assets %>/page.css">
<% if (it.stylesheet !== undefined) { %><link rel="stylesheet" href="<%= it.stylesheet %>">
<% } if (it.view.script !== undefined) { %><script src="<%= it.frame.paths.assets %>/<%= it.view.script %>" defer></script>
<% } %>
</head>
<body class="<%= it.view.shape %>">
<header>
<p class="app"><%= it.frame.appName %></p>
<% if (it.view.signOut) { %><form method="post" action="<%= it.frame.paths.signOut %>">
<button class="quiet"><%= it.texts.signOut %></button>
</form>
<% } %>
</header>
<main>
<h1><%= it.view.heading %></h1>
<%~ it.messagesHtml %>
<%~ it.view.bodyHtml %>
</main>
</body>
</html>
`);

type Failure = NonNullable<PageFrame['failure']>;

const renderMessages = template<{ readonly notice: string | undefined; readonly failure: string | undefined }>(
  `<% if (it.notice !== undefined) { %><p class="message" role="status"><%= it.notice %></p>
<% } if (it.failure !== undefined) { %><p class="message failure" role="alert"><%= it.failure %></p>
<% } %>`,
);

export function failureText({ code, message, said }: Failure, texts: PageTexts): string {
  if (said !== undefined) return texts.providerSaid(said.provider, said.error);
  // What the host itself has to say of it.
  if (code === 'sign_up_not_allowed' && message !== usualMessage(code)) return message;
  return code === 'validation_failed' ? texts.failure.validation_failed(message) : texts.failure[code];
}

function noticeText(notice: NonNullable<PageFrame['notice']>, texts: PageTexts): string {
  return 'provider' in notice ? texts.notice[notice.kind](notice.provider) : texts.notice[notice.kind];
}

function messages({ notice, failure }: Pick<PageFrame, 'notice' | 'failure'>, texts: PageTexts): string {
  return renderMessages({
    notice: notice === undefined ? undefined : noticeText(notice, texts),
    failure: failure === undefined ? undefined : failureText(failure, texts),
  });
}

export function layout(view: View, frame: PageFrame, texts: PageTexts): string {
  const { appName, failure, notice, stylesheet } = frame;
  return render({
    view,
    frame,
    texts,
    title: view.heading.includes(appName) ? view.heading : `${view.heading} · ${appName}`,
    stylesheet: stylesheet === undefined ? undefined : linkTarget(stylesheet),
    messagesHtml: messages({ notice, failure: view.tellsFailure ? undefined : failure }, texts),
  });
}
