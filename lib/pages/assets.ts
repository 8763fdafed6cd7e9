// The static files of our pages, read once; they are separate files so that the Content-Security-Policy needs no exception.

import { readdirSync, readFileSync } from 'node:fs';

const read = (name: string) => readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8');

/** What hosts may set stands first. Of two rules that fit alike the later one holds. */
const STYLES = ['theme.css', 'base.css', 'frame.css', 'controls.css', 'fields.css', 'items.css', 'reference.css'];

/** Sends the finish call, says how it went, and tells an opener on the same origin. */
export const FINISH_SCRIPT = read('finish.js');
/** Hands the result to the window that opened this one, and closes it. */
export const TELL_OPENER_SCRIPT = read('tell-opener.js');
export const PAGE_STYLE = STYLES.map(read).join('\n');
export const PAGE_ICON = read('icon.svg');

/** What providers let a button of theirs carry, by type of provider; its file is named after the type. */
export const MARKS: ReadonlyMap<string, string> = new Map(
  readdirSync(new URL('assets/marks/', import.meta.url)).map((name) => [name.replace('.svg', ''), read(`marks/${name}`)]),
);
