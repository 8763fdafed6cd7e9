// A picture for each provider that the demo provider plays: a letter on a coloured square, not a brand's logo.

/** @param color of the square, as in CSS */
export function demoIcon(letter: string, color: string): string {
  const square = `<rect width="32" height="32" rx="8" fill="${color}"/>`;
  const text = `<text x="16" y="22" text-anchor="middle" font-family="sans-serif" font-size="17" font-weight="700" fill="#fff">${letter}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${square}${text}</svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
