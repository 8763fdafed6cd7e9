// The ways to sign in, as shown on a page: a button for each provider, and the password form.

import type { PasswordForm, ProviderButton } from './page-parts.js';
import { linkTarget, providerIcon, template } from './template.js';
import type { PageTexts } from './texts/texts.js';

export interface SignInWays {
  readonly providers: readonly ProviderButton[];
  readonly password: PasswordForm | undefined;
  readonly returnTo: string;
  /** The address is settled: shown, and not to be changed. */
  readonly fixedEmail: boolean;
  readonly buttonText: (provider: string) => string;
  readonly submit: string;
  /** Said where there is no way at all. */
  readonly noWay: string;
}

interface Facts extends SignInWays {
  readonly buttons: readonly { readonly url: string; readonly text: string; readonly iconHtml: string; readonly lastUsed: boolean }[];
  readonly texts: PageTexts;
}

/** The address is no `type="email"`: browsers take no letters beyond ASCII there, and our own rule takes them. */
const render = template<Facts>(`<% if (it.buttons.length > 0) { %><ul class="ways" role="list">
<% for (const { url, text, iconHtml, lastUsed } of it.buttons) { %><li>
<a class="button way" href="<%= url %>">
<%~ iconHtml %>
<span><%= text %></span>
<% if (lastUsed) { %><span class="badge"><%= it.texts.connections.lastUsed %></span>
<% } %></a>
</li>
<% } %></ul>
<% } if (it.buttons.length > 0 && it.password !== undefined) { %><p class="or"><span><%= it.texts.signIn.or %></span></p>
<% } if (it.password !== undefined) { %><form class="fields" method="post" action="<%= it.password.action %>">
<input type="hidden" name="returnTo" value="<%= it.returnTo %>">
<label for="email"><%= it.texts.email %></label>
<input id="email" name="email" type="text" inputmode="email" autocapitalize="none" spellcheck="false" autocomplete="username" value="<%= it.password.email %>"<%~ it.fixedEmail ? ' readonly' : ' required' %>>
<label for="password"><%= it.texts.password %></label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button class="main"><%= it.submit %></button>
<% if (it.password.lastUsed) { %><p class="hint"><span class="badge"><%= it.texts.connections.lastUsed %></span></p>
<% } %></form>
<% if (it.password.forgotUrl !== undefined) { %><p class="links"><a href="<%= it.password.forgotUrl %>"><%= it.texts.askForLink.forgotten %></a></p>
<% } %><% } if (it.buttons.length === 0 && it.password === undefined) { %><p><%= it.noWay %></p>
<% } %>`);

export function signInWays(ways: SignInWays, texts: PageTexts): string {
  const { buttonText, password, providers } = ways;
  return render({
    ...ways,
    texts,
    password: password && {
      ...password,
      action: linkTarget(password.action),
      forgotUrl: password.forgotUrl === undefined ? undefined : linkTarget(password.forgotUrl),
    },
    buttons: providers.map((provider) => ({
      url: linkTarget(provider.url),
      text: buttonText(provider.name),
      iconHtml: providerIcon(provider),
      lastUsed: provider.lastUsed === true,
    })),
  });
}
