// The files of our pages, served as such so that the Content-Security-Policy needs no exception.

export { FINISH_SCRIPT, TELL_OPENER_SCRIPT } from './callback-scripts.js';
export { PAGE_ICON } from './page-icon.js';
export { PAGE_STYLE } from './page-style.js';
