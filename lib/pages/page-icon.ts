// The picture in the browser's tab.

/** A key, in SVG. */
export const PAGE_ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#2f45c5"/><g fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"><circle cx="12" cy="20" r="4.5"/><path d="M15.5 16.5 24 8M20.5 11.5l3 3"/></g></svg>
`;
