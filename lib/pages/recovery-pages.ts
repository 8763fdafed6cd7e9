// The pages behind mailed links, and the pages that ask for such a link: each is a form with one button, so that opening it changes
// nothing.

import type { View } from './layout.js';
import type { Page } from './page.js';
import { linkTarget, template } from './template.js';
import type { PageTexts } from './texts/texts.js';

type AskPage = Extract<Page, { readonly kind: 'ask-for-link' }>;
type ResetPage = Extract<Page, { readonly kind: 'reset-password' }>;
type ConfirmPage = Extract<Page, { readonly kind: 'confirm-address' }>;

interface AskFacts {
  readonly page: AskPage;
  readonly url: string;
  readonly say: PageTexts['askForLink']['reset'];
  readonly texts: PageTexts;
  readonly signIn: string;
}

const renderAsk = template<AskFacts>(`<% if (it.page.sent) { %><p class="message" role="status"><%= it.texts.askForLink.sent %></p>
<p class="links"><a class="button" href="<%= it.signIn %>"><%= it.texts.toSignIn %></a></p>
<% } else { %><p class="lead"><%= it.say.why %></p>
<form class="fields" method="post" action="<%= it.url %>">
<label for="email"><%= it.texts.email %></label>
<input id="email" name="email" type="text" inputmode="email" autocapitalize="none" spellcheck="false" autocomplete="username" required>
<button class="main"><%= it.texts.askForLink.submit %></button>
</form>
<p class="links"><a href="<%= it.signIn %>"><%= it.texts.toSignIn %></a></p>
<% } %>`);

/** @param signIn where the sign-in page stands */
export function askForLinkPage(page: AskPage, signIn: string, texts: PageTexts): View {
  const say = texts.askForLink[page.what];
  return {
    heading: say.title,
    bodyHtml: renderAsk({ page, url: linkTarget(page.action), say, texts, signIn: linkTarget(signIn) }),
    shape: 'card',
  };
}

interface PasswordFacts {
  readonly page: { readonly token: string; readonly address: string };
  readonly url: string;
  /** Undefined: no password is asked for. */
  readonly minLength: number | undefined;
  readonly why: string;
  readonly submit: string;
  readonly texts: PageTexts;
}

/** The address, read-only: a password manager files the new password under it. */
const renderForm = template<PasswordFacts>(`<p class="lead"><%= it.why %></p>
<form class="fields" method="post" action="<%= it.url %>">
<input type="hidden" name="token" value="<%= it.page.token %>">
<label for="email"><%= it.texts.email %></label>
<input id="email" type="text" autocomplete="username" value="<%= it.page.address %>" readonly>
<% if (it.minLength !== undefined) { %><label for="new-password"><%= it.texts.passwordSection.new %></label>
<input id="new-password" name="new_password" type="password" autocomplete="new-password" minlength="<%= it.minLength %>" required aria-describedby="new-password-hint">
<p class="hint" id="new-password-hint"><%= it.texts.passwordSection.atLeast(it.minLength) %></p>
<% } %><button class="main"><%= it.submit %></button>
</form>
`);

export function resetPasswordPage(page: ResetPage, texts: PageTexts): View {
  const { title, why, submit } = texts.resetPassword;
  return {
    heading: title,
    bodyHtml: renderForm({ page, url: linkTarget(page.action), minLength: page.minLength, why, submit, texts }),
    shape: 'card',
  };
}

export function confirmAddressPage(page: ConfirmPage, texts: PageTexts): View {
  const { title, why, choosePassword, submit } = texts.confirmAddress;
  const minLength = page.asksPassword ? page.minLength : undefined;
  const facts = { page, url: linkTarget(page.action), minLength, why: page.asksPassword ? choosePassword : why, submit, texts };
  return { heading: title, bodyHtml: renderForm(facts), shape: 'card' };
}
