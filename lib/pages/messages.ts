// What is told above a page's content: what was done, and what was refused.

import { usualMessage } from '../accounts/errors.js';
import type { PageFrame } from './page.js';
import { template } from './template.js';
import type { PageTexts } from './texts/texts.js';

type Failure = NonNullable<PageFrame['failure']>;

const render = template<{ readonly notice: string | undefined; readonly failure: string | undefined }>(
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

export function messages({ notice, failure }: Pick<PageFrame, 'notice' | 'failure'>, texts: PageTexts): string {
  return render({
    notice: notice === undefined ? undefined : noticeText(notice, texts),
    failure: failure === undefined ? undefined : failureText(failure, texts),
  });
}
