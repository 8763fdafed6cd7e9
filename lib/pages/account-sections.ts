// Password and address on the connections page: the current ones, and the forms to change them.

import type { PageFrame } from './page-frame.js';
import type { AddressSection, PasswordSection } from './page-parts.js';
import { linkTarget, template } from './template.js';
import type { PageTexts } from './texts/texts.js';

interface PasswordFacts {
  readonly section: PasswordSection;
  readonly setUrl: string;
  readonly removeUrl: string;
  readonly reason: string;
  readonly connectionsUrl: string;
  readonly texts: PageTexts;
}

/** Read-only rather than hidden: a password manager files the new password under the address it finds beside it. */
const SET_FORM = `<form class="fields" method="post" action="<%= it.setUrl %>">
<label for="password-email"><%= it.texts.email %></label>
<input id="password-email" type="email" autocomplete="username" value="<%= section.email %>" readonly>
<% if (section.isSet) { %><label for="current-password"><%= say.current %></label>
<input id="current-password" name="current_password" type="password" autocomplete="current-password" required>
<% } %><label for="new-password"><%= say.new %></label>
<input id="new-password" name="new_password" type="password" autocomplete="new-password" minlength="<%= section.minLength %>" required aria-describedby="new-password-hint">
<p class="hint" id="new-password-hint"><%= say.atLeast(section.minLength) %></p>
<button class="main"><%= section.isSet ? say.change : say.set %></button>
</form>
`;

const REMOVE_LOCKED = `<form class="act" method="post" action="<%= it.removeUrl %>">
<button disabled aria-describedby="password-locked"><%= say.remove %></button>
</form>
<p class="hint reason" id="password-locked"><%= it.reason %></p>
`;

const REMOVE = `<details<%~ section.asking ? ' open' : '' %>>
<summary class="button"><%= say.remove %></summary>
<form class="question fields" method="post" action="<%= it.removeUrl %>">
<p><%= say.question %></p>
<label for="remove-current-password"><%= say.current %></label>
<input id="remove-current-password" name="current_password" type="password" autocomplete="current-password" required>
<div class="choice">
<button class="danger"><%= say.confirm %></button>
<a class="button quiet" href="<%= it.connectionsUrl %>"><%= it.texts.cancel %></a>
</div>
</form>
</details>
`;

const renderPassword = template<PasswordFacts>(`<% const { section, texts: { passwordSection: say } } = it; %>
<section aria-labelledby="password-heading">
<h2 id="password-heading"><%= it.texts.password %></h2>
<div class="panel">
<p><%= section.isSet ? say.isSet : section.email === undefined ? say.noEmail : say.notSet %></p>
<% if (section.email !== undefined) { %>${SET_FORM}<% } %>
<% if (section.isSet) { %><div class="remove">
<% if (section.locked) { %>${REMOVE_LOCKED}<% } else { %>${REMOVE}<% } %>
</div>
<% } %>
</div>
</section>
`);

export interface PasswordSurroundings {
  /** There is a provider that can be linked first. */
  readonly canLink: boolean;
}

export function passwordSection(
  section: PasswordSection,
  { canLink }: PasswordSurroundings,
  { paths }: PageFrame,
  texts: PageTexts,
): string {
  return renderPassword({
    section,
    setUrl: linkTarget(section.setUrl),
    removeUrl: linkTarget(section.removeUrl),
    reason: texts.passwordSection.locked[canLink ? 'link' : 'none'],
    connectionsUrl: paths.connections,
    texts,
  });
}

interface AddressFacts {
  readonly section: AddressSection;
  readonly url: string;
  readonly texts: PageTexts;
}

/** An address that is still to be proven stands in the field: sending it again has the link mailed. */
const renderAddress = template<AddressFacts>(`<% const { section, texts: { addressSection: say } } = it; %>
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
  return renderAddress({ section, url: linkTarget(section.changeUrl), texts });
}
