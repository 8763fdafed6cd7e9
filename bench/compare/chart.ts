// Bars, a group for each operation, as SVG: calls a second of each system, as shares of the floor's.

import { OPERATIONS } from './operations.js';
import type { SystemName } from './options.js';
import { figuresOf } from './rounds.js';
import { type Setting, titleOf } from './setting.js';

const COLOURS: Readonly<Record<SystemName, string>> = { latchkey: '#0b57d0', 'better-auth': '#b3261e', floor: '#9aa0a6' };
const NAMES: readonly SystemName[] = ['latchkey', 'better-auth', 'floor'];
const LEFT = 170;
const WIDTH = 460;
const BAR = 9;
const GROUP = NAMES.length * BAR + 10;
const HEAD = 46;

const text = (x: number, y: number, content: string, { size = 11, more = '' } = {}) =>
  `<text x="${x}" y="${y}" font-family="sans-serif" font-size="${size}" fill="#1f1f1f"${more}>${content}</text>`;

/** Of MariaDB with 8 clients, or of the first setting in which all three are. */
export function drawChart(settings: readonly Setting[]): string {
  const everybody = settings.filter(({ samples }) => NAMES.every((name) => samples.some(({ system }) => system === name)));
  const setting = everybody.find(({ clients }) => clients === 8) ?? everybody[0] ?? settings[0];
  if (setting === undefined) return '<svg xmlns="http://www.w3.org/2000/svg"/>';
  const height = HEAD + OPERATIONS.length * GROUP;
  const groups = OPERATIONS.flatMap((operation, index) => {
    const top = HEAD + index * GROUP;
    const figures = NAMES.map((name) => figuresOf(setting.samples, operation, name)?.rate ?? 0);
    const most = Math.max(...figures, 1);
    const bars = NAMES.flatMap((name, bar) => {
      const rate = figures[bar] ?? 0;
      if (rate === 0) return [];
      const [y, width] = [top + bar * BAR, Math.round((rate / most) * WIDTH)];
      return [
        `<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR - 1}" fill="${COLOURS[name]}"/>`,
        text(LEFT + width + 5, y + BAR - 1, rate.toFixed(0), { size: 9 }),
      ];
    });
    return [text(LEFT - 8, top + GROUP / 2, operation, { more: ' text-anchor="end"' }), ...bars];
  });
  const legend = NAMES.map((name, index) =>
    text(LEFT + index * 110, 34, name, { more: ` style="fill:${COLOURS[name]};font-weight:bold"` }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 60} ${height}">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    text(LEFT, 16, `Calls a second: ${titleOf(setting)}`),
    ...legend,
    ...groups,
    '</svg>\n',
  ].join('\n');
}
