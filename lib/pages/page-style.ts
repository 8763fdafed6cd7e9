// The style sheet of our pages.

import { CONTROLS_STYLE } from './controls-style.js';

const VARIABLES = `/*
 * The look of the sign-in and connections pages. To change it, name a style sheet of your own, which is loaded after this one,
 * and set any of these on :root:
 *
 *   --latchkey-accent      links, main buttons, the focus ring
 *   --latchkey-on-accent   text on the accent
 *   --latchkey-ink         text
 *   --latchkey-quiet       secondary text
 *   --latchkey-paper       behind the cards
 *   --latchkey-card        cards and fields
 *   --latchkey-line        borders of cards and buttons
 *   --latchkey-danger      failures, and buttons that remove something
 *   --latchkey-radius      corners of cards; those of buttons and fields follow
 *   --latchkey-font        the font families
 *
 * A value holds in both colour schemes unless it is written as light-dark(…, …) or inside @media (prefers-color-scheme: dark).
 * The texts stay readable if ink, quiet, accent and danger each have a contrast of 4.5 : 1 on card and paper, and on-accent on accent.
 * For one scheme only, set color-scheme: light (or dark) and all the colours.
 */
:where(:root) {
  color-scheme: light dark;
  --latchkey-accent: #3046c5;
  --latchkey-on-accent: #ffffff;
  --latchkey-ink: #16181d;
  --latchkey-quiet: #59606c;
  --latchkey-paper: #f5f6f8;
  --latchkey-card: #ffffff;
  --latchkey-line: #d9dce3;
  --latchkey-danger: #b3261e;
  --latchkey-radius: 1rem;
  --latchkey-font: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :where(:root) {
    --latchkey-accent: #a9b6ff;
    --latchkey-on-accent: #11163b;
    --latchkey-ink: #eceef2;
    --latchkey-quiet: #a4abb8;
    --latchkey-paper: #101216;
    --latchkey-card: #191c22;
    --latchkey-line: #343945;
    --latchkey-danger: #ffa79e;
  }
}
`;

const LAYOUT = `
*, ::before, ::after { box-sizing: border-box; }
html { background: var(--latchkey-paper); -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  padding: 0 1rem 4rem;
  color: var(--latchkey-ink);
  font: 1rem/1.5 var(--latchkey-font);
  overflow-wrap: anywhere;
  -webkit-font-smoothing: antialiased;
}
header, main { max-width: 44rem; margin-inline: auto; }
header { display: flex; align-items: center; justify-content: space-between; gap: 1rem; min-height: 4.75rem; }
.app { margin: 0; font-weight: 650; letter-spacing: -0.01em; }
h1, h2, h3, p, ul, dl, dd, pre { margin: 0; }
h1 { font-size: 1.75rem; font-weight: 680; line-height: 1.2; letter-spacing: -0.02em; text-wrap: balance; }
h2 { font-size: 1.125rem; font-weight: 650; line-height: 1.3; letter-spacing: -0.01em; }
h3 { font-size: 1rem; font-weight: 600; line-height: 1.4; }
a { color: var(--latchkey-accent); text-underline-offset: 0.2em; }
ul { padding: 0; list-style: none; }
:lang(zh) :is(h1, h2, .app) { letter-spacing: normal; }

.card main {
  max-width: 26rem;
  padding: 2rem;
  background: var(--latchkey-card);
  border: 1px solid var(--latchkey-line);
  border-radius: var(--latchkey-radius);
  box-shadow: 0 1px 2px rgb(0 0 0 / 0.04), 0 0.75rem 2rem -0.75rem rgb(0 0 0 / 0.12);
}
.card header { max-width: 26rem; justify-content: center; margin-block-start: clamp(0rem, 6vh, 4rem); color: var(--latchkey-quiet); }
.card h1 { font-size: 1.5rem; }
.card main > * + * { margin-block-start: 1.25rem; }
.card .lead { margin-block-start: 0.75rem; }

.list main { padding-block-start: 0.75rem; }
.list main > .message { margin-block-start: 1.25rem; }
.list main > .lead { margin-block-start: 0.5rem; }
.list main > .message + .lead { margin-block-start: 1rem; }
section { margin-block-start: 2.5rem; }
h2 + .hint { margin-block-start: 0.125rem; }
.items, .panel, h2 + p:not(.hint) { margin-block-start: 0.875rem; }
.panel, .item {
  padding: 1.25rem;
  background: var(--latchkey-card);
  border: 1px solid var(--latchkey-line);
  border-radius: var(--latchkey-radius);
}
.lead { color: var(--latchkey-quiet); }
.lead strong { color: var(--latchkey-ink); font-weight: 600; }
.hint { color: var(--latchkey-quiet); font-size: 0.9375rem; }
`;

const ITEMS = `
.items { display: grid; gap: 0.75rem; }
.item { position: relative; display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 1rem; }
.item > .icon { grid-row: 1; }
.about { min-height: 2.75rem; }
.state { display: flex; align-items: center; gap: 0.4rem; color: var(--latchkey-quiet); font-size: 0.875rem; }
.state::before { content: ""; width: 0.5rem; height: 0.5rem; border: 1.5px solid currentcolor; border-radius: 50%; }
.state.linked::before { background: var(--latchkey-accent); border-color: var(--latchkey-accent); }
.item > :not(.icon, .about) { grid-column: 1 / -1; }
.item dl { display: grid; gap: 0.25rem; margin-block-start: 0.75rem; font-size: 0.9375rem; }
.item dl div { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: 0.75rem; }
dt { color: var(--latchkey-quiet); }
.item > .hint { margin-block-start: 0.75rem; }
.item > .auditAction, .item > details { margin-block-start: 1rem; }
.item > .act button, .item summary { width: 100%; }
@media (min-width: 36rem) {
  .item > :not(.icon, .about) { grid-column: 2; }
  .about, .item > .hint { padding-inline-end: 7rem; }
  .item > .auditAction, .item summary { position: absolute; inset-block-start: 1.125rem; inset-inline-end: 1.25rem; width: auto; margin: 0; }
  .item > details { margin: 0; }
}

.list main > .links { margin-block-start: 1.5rem; }
.panel > * + * { margin-block-start: 1.25rem; }
.panel .fields { max-width: 24rem; }
.remove { padding-block-start: 1.25rem; border-block-start: 1px solid var(--latchkey-line); }
.remove .reason { margin-block-start: 0.5rem; }

.values { display: grid; gap: 0.75rem; }
code { font: 0.875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; user-select: all; }
pre { padding: 0.875rem 1rem; background: var(--latchkey-paper); border: 1px solid var(--latchkey-line); border-radius: calc(var(--latchkey-radius) * 0.625); white-space: pre-wrap; }
.warning { font-weight: 600; }
`;

export const PAGE_STYLE = VARIABLES + LAYOUT + CONTROLS_STYLE + ITEMS;
