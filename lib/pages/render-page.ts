// The default look of every page.

import { textsFor } from '../support/languages.js';
import { continuePage, finishPage, handBackPage, tellOpenerPage } from './callback-pages.js';
import { confirmLinkPage } from './confirm-link-page.js';
import { connectionsPage } from './connections-page.js';
import { failurePage } from './failure-page.js';
import { layout, type View } from './layout.js';
import type { Page, RenderPage } from './page.js';
import type { PageFrame } from './page-frame.js';
import { joinPage, movePage } from './pending-identity-pages.js';
import { askForLinkPage, confirmAddressPage, resetPasswordPage } from './recovery-pages.js';
import { sessionsPage } from './sessions-page.js';
import { reauthenticatePage, signInPage } from './sign-in-pages.js';
import type { PageTexts } from './texts/texts.js';

function viewOf(page: Page, frame: PageFrame, texts: PageTexts): View {
  switch (page.kind) {
    case 'sign-in':
      return signInPage(page, frame, texts);
    case 'reauthenticate':
      return reauthenticatePage(page, frame, texts);
    case 'confirm-link':
      return confirmLinkPage(page, texts);
    case 'connections':
      return connectionsPage(page, frame, texts);
    case 'ask-for-link':
      return askForLinkPage(page, frame.paths.signIn, texts);
    case 'reset-password':
      return resetPasswordPage(page, texts);
    case 'confirm-address':
      return confirmAddressPage(page, texts);
    case 'join':
      return joinPage(page, frame, texts);
    case 'move':
      return movePage(page, frame, texts);
    case 'sessions':
      return sessionsPage(page, frame, texts);
    case 'failure':
      return failurePage(page, frame, texts);
    case 'continue':
      return continuePage(page, texts);
    case 'finish':
      return finishPage(page, frame, texts);
    case 'hand-back':
      return handBackPage(page, texts);
    case 'tell-opener':
      return tellOpenerPage(page, frame, texts);
  }
}

/** Plain HTML for any browser: no script but where one is the page's purpose, no inline style, nothing loaded from elsewhere but icons. */
export function pageRenderer(languages: ReadonlyMap<string, PageTexts>): RenderPage {
  return (page, frame) => {
    const texts = textsFor(frame.language, languages);
    return layout(viewOf(page, frame, texts), frame, texts);
  };
}
