// The style of what is pressed, typed into and read out: buttons, fields, icons, messages.

export const CONTROLS_STYLE = `
button, .button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  gap: 0.5rem;
  min-height: 2.75rem;
  min-width: 2.75rem;
  padding: 0.5rem 1rem;
  color: var(--latchkey-ink);
  background: var(--latchkey-card);
  border: 1px solid color-mix(in srgb, var(--latchkey-line) 75%, var(--latchkey-ink));
  border-radius: calc(var(--latchkey-radius) * 0.625);
  font: inherit;
  font-weight: 550;
  line-height: 1.3;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
  transition: background-color 0.12s, border-color 0.12s;
}
button:hover, .button:hover { background: color-mix(in srgb, var(--latchkey-ink) 6%, var(--latchkey-card)); }
.main { color: var(--latchkey-on-accent); background: var(--latchkey-accent); border-color: transparent; }
.main:hover { background: color-mix(in srgb, var(--latchkey-accent) 88%, var(--latchkey-ink)); }
.danger { color: var(--latchkey-card); background: var(--latchkey-danger); border-color: transparent; }
.danger:hover { background: color-mix(in srgb, var(--latchkey-danger) 88%, var(--latchkey-ink)); }
.quiet { background: transparent; border-color: transparent; }
.quiet:hover { background: color-mix(in srgb, var(--latchkey-ink) 7%, transparent); }
header .quiet { margin-inline-end: -1rem; }
button:disabled { color: var(--latchkey-quiet); background: transparent; border-style: dashed; cursor: not-allowed; }
:focus-visible { outline: 3px solid var(--latchkey-accent); outline-offset: 2px; }

.ways { display: grid; gap: 0.625rem; }
.way { width: 100%; justify-content: flex-start; gap: 0.75rem; min-height: 3.25rem; padding: 0.5rem 0.75rem; text-align: start; }

.icon { flex: none; width: 2.75rem; height: 2.75rem; border-radius: calc(var(--latchkey-radius) * 0.625); object-fit: contain; }
img.icon { padding: 0.5rem; background: #fff; border: 1px solid var(--latchkey-line); }
.letter { display: grid; place-items: center; color: var(--latchkey-accent); background: color-mix(in srgb, var(--latchkey-accent) 12%, var(--latchkey-card)); font-weight: 650; line-height: 1; }
.way .icon { width: 2rem; height: 2rem; border-radius: calc(var(--latchkey-radius) * 0.5); }
.way img.icon { padding: 0.25rem; }

.or { display: flex; align-items: center; gap: 0.875rem; color: var(--latchkey-quiet); font-size: 0.875rem; }
.or::before, .or::after { content: ""; flex: 1; border-block-start: 1px solid var(--latchkey-line); }

.fields { display: grid; }
label { font-size: 0.9375rem; font-weight: 550; }
input {
  width: 100%;
  min-height: 2.75rem;
  margin-block: 0.375rem 1rem;
  padding: 0.5rem 0.75rem;
  color: var(--latchkey-ink);
  background: var(--latchkey-card);
  border: 1px solid color-mix(in srgb, var(--latchkey-ink) 52%, var(--latchkey-card));
  border-radius: calc(var(--latchkey-radius) * 0.5);
  font: inherit;
}
input:read-only { color: var(--latchkey-quiet); background: var(--latchkey-paper); border-color: var(--latchkey-line); }
.fields > button { margin-block-start: 0.375rem; }
.panel .fields > button { justify-self: start; }

summary { list-style: none; width: fit-content; }
summary::-webkit-details-marker { display: none; }
.question {
  margin-block-start: 1rem;
  padding: 1rem;
  background: color-mix(in srgb, var(--latchkey-danger) 7%, var(--latchkey-card));
  border: 1px solid color-mix(in srgb, var(--latchkey-danger) 30%, var(--latchkey-card));
  border-radius: calc(var(--latchkey-radius) * 0.625);
}
.question p { margin-block-end: 0.875rem; }
.links a:not(.button) { display: inline-flex; align-items: center; min-height: 2.75rem; }
.question:not(.fields), .choice, .links { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.question:not(.fields) p { flex-basis: 100%; margin-block-end: 0.375rem; }
.panel .question.fields { max-width: none; }
.question input { max-width: 24rem; }

.message {
  padding: 0.75rem 1rem;
  background: color-mix(in srgb, var(--latchkey-accent) 9%, var(--latchkey-card));
  border: 1px solid color-mix(in srgb, var(--latchkey-accent) 30%, var(--latchkey-card));
  border-radius: calc(var(--latchkey-radius) * 0.625);
}
.failure {
  background: color-mix(in srgb, var(--latchkey-danger) 8%, var(--latchkey-card));
  border-color: color-mix(in srgb, var(--latchkey-danger) 35%, var(--latchkey-card));
}

@media (max-width: 24rem) {
  .question :is(button, .button), .links .button { flex: 1 1 auto; }
  .card main { padding: 1.5rem 1.25rem; }
}
@media (forced-colors: active) {
  button:disabled { color: GrayText; }
}
@media (prefers-reduced-motion: reduce) {
  * { transition: none !important; }
}
`;
