// The pages of docs/ name all there is: options, failures, variables, commands, events and metrics; and their links lead somewhere.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { type FailureCode, LatchkeyError } from '../../lib/accounts/errors.js';
import { biore } from '../../lib/dialects/biore.js';
import { cloudreve } from '../../lib/dialects/cloudreve.js';
import { genauth } from '../../lib/dialects/genauth.js';
import { createMetrics } from '../../lib/metrics/metrics.js';
import { COMMANDS } from '../../lib/server/commands/index.js';
import { openDatabase } from '../../lib/server/database.js';
import { docsPages, PROJECT_ROOT, readPage, snippetsOf } from '../support/docs-pages.js';

const source = (path: string) => readFileSync(join(PROJECT_ROOT, path), 'utf8');
const sources = (folder: string) => readdirSync(join(PROJECT_ROOT, folder)).filter((name) => name.endsWith('.ts'));

/** The members of a union of texts, one a line. */
const members = (path: string) => [...source(path).matchAll(/^ {2}\| '([\w.]+)'/gm)].map(([, name = '']) => name);

/** The names of the members of an interface, those of members inside it too. */
function optionsOf(text: string, name: RegExp): readonly string[] {
  return [...text.matchAll(/^export interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm)]
    .filter(([, title = '']) => name.test(title))
    .flatMap(([, , body = '']) => [...body.matchAll(/^ +(?:readonly )?(\w+)\??[:(]/gm)].map(([, member = '']) => member));
}

/** As GitHub makes them. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );

const missingIn = (text: string, names: readonly string[]) => [...new Set(names)].filter((name) => !text.includes(`\`${name}\``));

describe('The pages of docs', () => {
  const pages = docsPages();
  const page = (name: string) => readPage(`docs/${name}.md`).text;

  it('are all in the index', () => {
    const index = page('README');
    const listed = pages.map(({ path }) => path.replace(/^docs\//, '')).filter((path) => /^(?:providers\/)?[a-z0-9-]+\.md$/.test(path));
    expect(listed.filter((path) => !index.includes(`](${path})`))).to.deep.equal([]);
  });

  it('link to what is there', () => {
    const dead = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^\w+:/.test(target))
        .filter((target) => {
          const [file = '', anchor] = target.split('#');
          const to = file === '' ? path : normalize(join(dirname(path), file));
          if (!existsSync(join(PROJECT_ROOT, to))) return true;
          return anchor !== undefined && !anchorsOf(source(to)).includes(anchor);
        })
        .map((target) => `${path}: ${target}`),
    );
    expect(dead).to.deep.equal([]);
  });

  it('show the files of the examples as they are', () => {
    const shown = pages.flatMap(snippetsOf).flatMap(({ page: from, text, words }) => {
      const file = words.find((word) => word.startsWith('examples/'));
      return file === undefined ? [] : [{ from, file, text }];
    });
    expect(shown).to.have.length.above(5);
    for (const { from, file, text } of shown) expect(text, `${from}: ${file}`).to.equal(source(file));
  });

  it('name every option', () => {
    const settings = [
      ...optionsOf(source('config/options.ts'), /^LatchkeySettings$/),
      ...optionsOf(source('lib/plugin/options.ts'), /^(?:Latchkey|Path|Mail|Page)Options$/),
      ...optionsOf(source('models/host-users.ts'), /^(?:UserAttributes|HostUsers)$/),
    ];
    expect(settings).to.have.length.above(50);
    const named = page('configuration').replaceAll(/`[^`]*`/g, (code) => code.replaceAll(/\w+/g, (word) => `\`${word}\``));
    expect(missingIn(named, settings)).to.deep.equal([]);
  });

  it('name every option of a provider', () => {
    const files = [
      ...sources('config').map((name) => `config/${name}`),
      ...sources('lib/providers').map((name) => `lib/providers/${name}`),
    ];
    const kinds =
      /^(?:NamedProvider|CommonProvider|ClientProof|OpenIdClient|Logto|Qq|OpenId|FurtherOpenId|Google|Apple|X|HostProvider)Options$/;
    const options = files.flatMap((path) => optionsOf(source(path), kinds));
    expect(options).to.have.length.above(30);
    const text = `${page('providers')}${page('own-strategy')}`;
    const named = text.replaceAll(/`[^`\n]+`/g, (code) => code.replaceAll(/\w+/g, (word) => `\`${word}\``));
    expect(missingIn(named, options)).to.deep.equal([]);
  });

  it('tell of every failure what each dialect calls it, its cause and its cure', () => {
    const text = page('errors');
    const context = { correlationId: 'none', debug: false };
    const wrong = members('lib/accounts/errors.ts').filter((code) => {
      const error = new LatchkeyError(code as FailureCode);
      const { status, body } = biore.failure(error, context);
      const { i18nKey } = body.error as { readonly i18nKey: string };
      const { statusCode, apiCode } = genauth.failure(error, context).body;
      const row = [
        `[\`${code}\`](#${code})`,
        cloudreve.failure(error, context).body.code,
        `${status} \`${i18nKey}\``,
        `${statusCode}${apiCode === undefined ? '' : ` (${apiCode})`}`,
      ];
      const [, section = ''] = text.split(`\n## \`${code}\`\n`);
      return !text.includes(`| ${row.join(' | ')} |`) || !section.split('\n## ')[0]?.includes('*Cure:*');
    });
    expect(wrong).to.deep.equal([]);
  });

  it('name every environment variable', () => {
    const read = sources('lib/server').flatMap((name) =>
      [...source(`lib/server/${name}`).matchAll(/(?:\benv\.|variable\(env, '|^ {2})([A-Z][A-Z_]{2,})\b(?=['):;. ])/gm)].map(
        ([, variable = '']) => variable,
      ),
    );
    expect(read).to.include.members(['PORT', 'BASE_URL', 'LATCHKEY_SECRET', 'LATCHKEY_CONFIG', 'DATA_DIR', 'LOG_LEVEL']);
    const named = page('environment').replaceAll('`NODE_ENV=production`', '`NODE_ENV`');
    expect(missingIn(named, read)).to.deep.equal([]);
  });

  it('name every command and its options', () => {
    const text = page('command');
    const words = [...COMMANDS.values()].flatMap(({ usage }) => usage.match(/--[\w-]+|[a-z]{3,}/g) ?? []);
    expect([...new Set([...words, 'serve'])].filter((word) => !text.includes(word))).to.deep.equal([]);
  });

  it('name every event of the audit', () => {
    expect(missingIn(page('operating'), members('lib/accounts/audit-events.ts'))).to.deep.equal([]);
  });

  it('name every span', () => {
    const spans = members('lib/tracing/spans.ts').map((name) => `latchkey.${name}`);
    expect(spans).to.include('latchkey.guard');
    expect(missingIn(page('tracing'), spans)).to.deep.equal([]);
  });

  it('draw and name the metrics there are, and no others', async () => {
    const { text } = await createMetrics({
      sequelize: openDatabase('mysql://127.0.0.1/none'),
      outbox: async () => [],
      pingRedis: async () => 'PONG',
    }).scrape();
    const metrics = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name);
    expect(metrics).to.include('latchkey_requests_total');
    const asked = (shown: string) => new Set([...shown.matchAll(/\blatchkey_\w+/g)].map(([name]) => name.replace(/_bucket$/, '')));
    expect([...asked(source('docs/grafana-dashboard.json'))]).to.have.members(metrics);
    expect([...asked(page('operating'))]).to.have.members(metrics);
  });
});
