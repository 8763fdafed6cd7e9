// The address on the connections page: which it is, whether it is proven, and another one.

import { linkTarget } from './link-target.js';
import type { AddressSection } from './page.js';
import { template } from './template.js';
import type { PageTexts } from './texts/texts.js';

interface Facts {
  readonly section: AddressSection;
  readonly url: string;
  readonly texts: PageTexts;
}

/** An address that is still to be proven stands in the field: sending it again has the link mailed. */
const render = template<Facts>(`<% const { section, texts: { addressSection: say } } = it; %>
<section aria-labelledby="address-heading">
<h2 id="address-heading"><%= it.texts.email %></h2>
<div class="panel">
<p><% if (section.email !== undefined) { %><strong class="address"><%= section.email %></strong> <% } %><%= section.email === undefined ? say.none : section.isProven ? say.proven : say.unproven %></p>
<form class="fields" method="post" action="<%= it.url %>">
<label for="new-email"><%= say.new %></label>
<input id="new-email" name="new_email" type="text" inputmode="email" autocapitalize="none" spellcheck="false" autocomplete="email" value="<%= section.email !== undefined && !section.isProven ? section.email : '' %>" required aria-describedby="new-email-hint">
<% if (section.asksPassword) { %><label for="email-password"><%= it.texts.passwordSection.current %></label>
<input id="email-password" name="current_password" type="password" autocomplete="current-password" required>
<% } %><p class="hint" id="new-email-hint"><%= say.how %></p>
<button class="main"><%= it.texts.askForLink.submit %></button>
</form>
</div>
</section>
`);

export function addressSection(section: AddressSection, texts: PageTexts): string {
  return render({ section, url: linkTarget(section.changeUrl), texts });
}
