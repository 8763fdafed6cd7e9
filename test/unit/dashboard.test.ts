// The dashboard and the alerts of docs/ ask for what a scrape has: metric by metric, label by label, value by value.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Sequelize } from 'sequelize';
import { createMetrics } from '../../lib/metrics/metrics.js';
import { PROJECT_ROOT, readPage, snippetsOf } from '../support/docs-pages.js';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly legendFormat?: string }[];
}

interface Dashboard {
  readonly title: string;
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

const dashboard: Dashboard = JSON.parse(readFileSync(join(PROJECT_ROOT, 'docs/grafana-dashboard.json'), 'utf8'));
const alerts = snippetsOf(readPage('docs/operating.md')).find(({ words }) => words.includes('alerts.yml'))?.text ?? '';

/** By metric, the labels that its series have. */
async function scraped(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const outbox = async () => [{ kind: 'mail', waiting: 1, givenUp: 1, oldest: new Date() }];
  const metrics = createMetrics({ sequelize: new Sequelize({ dialect: 'mysql' }), outbox, pingRedis: async () => 'PONG' });
  metrics.request({ family: 'cloudreve', method: 'PUT', route: '/session/openid', outcome: 'unavailable', seconds: 1 });
  metrics.signedIn('google');
  metrics.linked('google');
  metrics.unlinked('google');
  const { text } = await metrics.scrape();
  metrics.close();
  const labels = new Map<string, Set<string>>();
  for (const [, name = '', inside = ''] of text.matchAll(/^(latchkey_\w+)(?:\{(.*?)\})? /gm)) {
    const known = labels.get(name) ?? new Set();
    labels.set(name, known);
    for (const [, label = ''] of inside.matchAll(/(\w+)="/g)) known.add(label);
  }
  return labels;
}

/** What Prometheus gives every series. */
const GIVEN = ['job'];

/** The labels that an expression needs of each metric in it: those it selects by, those it sums by, those its legend shows. */
function needs(expr: string, legend = ''): readonly (readonly [metric: string, labels: readonly string[]])[] {
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', '));
  const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
  expect(
    shown.filter((label) => !grouped.includes(label)),
    expr,
  ).to.deep.equal([]);
  return [...expr.matchAll(/\b(latchkey_\w+)(?:\{([^}]*)\})?/g)].map(([, metric = '', selectors = '']) => [
    metric,
    [...grouped, ...[...selectors.matchAll(/(\w+)[=!]/g)].map(([, label = '']) => label)],
  ]);
}

const expressions = [
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr, legendFormat }) => [expr, legendFormat] as const)),
  ...[...alerts.matchAll(/^ +expr: (.+)$/gm)].map(([, expr = '']) => [expr, undefined] as const),
];

describe('The dashboard and the alerts', () => {
  it('ask for metrics and labels that a scrape has', async () => {
    const known = await scraped();
    expect(expressions).to.have.length.above(15);
    for (const [expr, legend] of expressions) {
      const asked = needs(expr, legend);
      expect(asked, expr).not.to.have.length(0);
      for (const [metric, labels] of asked)
        expect([...(known.get(metric) ?? []), ...GIVEN], `${metric} of ${expr}`).to.include.members([...labels]);
      for (const [metric] of asked) expect(known.has(metric), metric).to.equal(true);
    }
  });

  it('ask for states and failures that there are', () => {
    const failures = readFileSync(join(PROJECT_ROOT, 'lib/accounts/errors.ts'), 'utf8');
    const valuesOf = (label: string) =>
      expressions.flatMap(([expr]) =>
        [...expr.matchAll(new RegExp(`\\b${label}=~?"([\\w|]+)"`, 'g'))].flatMap(([, values = '']) => values.split('|')),
      );
    expect(new Set(valuesOf('state'))).to.deep.equal(new Set(['waiting', 'given_up']));
    expect(valuesOf('code')).to.include('provider_failed');
    expect(valuesOf('code').filter((code) => !failures.includes(`| '${code}'`))).to.deep.equal([]);
  });

  it('is a dashboard: its panels have a place, a source and a question of their own each', () => {
    const { title, uid, schemaVersion, panels, templating } = dashboard;
    expect([title, uid, Number.isInteger(schemaVersion)]).to.deep.equal(['Latchkey', 'latchkey', true]);
    expect(templating.list.map(({ name, type }) => [name, type])).to.deep.equal([
      ['datasource', 'datasource'],
      ['job', 'query'],
    ]);
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    const taken = new Set<string>();
    for (const { type, datasource, gridPos, targets, title: of } of panels) {
      expect(['timeseries', 'stat'], of).to.include(type);
      expect(datasource, of).to.deep.equal({ type: 'prometheus', uid: '$' + '{datasource}' });
      expect(new Set(targets.map(({ refId }) => refId)).size, of).to.equal(targets.length);
      expect(gridPos.x + gridPos.w, of).to.be.at.most(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x},${y}`), `${of} lies on another`).to.equal(false);
          taken.add(`${x},${y}`);
        }
    }
  });
});
