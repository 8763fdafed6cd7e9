// `latchkey import`: imports social links from a file.

import { createReadStream } from 'node:fs';
import type { LinkRows } from '../../plugin/import-links.js';
import { openOperator } from '../../plugin/operator.js';
import { type RowFormat, readLinkRows } from '../link-rows.js';
import { type Command, type CommandAnswer, type CommandInput, Refusal, UsageError } from './command.js';

const FORMATS: Readonly<Record<string, RowFormat>> = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl' };

function formatOf(file: string): RowFormat {
  const format = Object.entries(FORMATS).find(([ending]) => file.toLowerCase().endsWith(ending))?.[1];
  if (format === undefined) throw new UsageError(`expected a file that ends in ${Object.keys(FORMATS).join(', ')}`);
  return format;
}

/** Opened first, so that a file that is not there costs no connection. */
async function open(file: string) {
  const input = createReadStream(file);
  await new Promise<void>((resolve, reject) => {
    input.once('open', () => resolve());
    input.once('error', (error) =>
      reject(new Refusal(`latchkey: the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`)),
    );
  });
  return input;
}

async function run({ words: [file = ''], flags: { json, dryRun }, options }: CommandInput): Promise<CommandAnswer> {
  const format = formatOf(file);
  const rows = readLinkRows(await open(file), format);
  const { links } = openOperator(await options());
  // What is no row of a link is a conflict.
  const { created, unchanged, conflicts } = await links.import(rows as LinkRows, { dryRun });
  const code = conflicts.length === 0 ? 0 : 1;
  if (json) return { lines: [JSON.stringify({ created, unchanged, conflicts })], code };
  const would = dryRun ? ' would be' : '';
  const told = conflicts.map(({ row, reason }) => `${reason}: ${JSON.stringify(row)}`);
  return { lines: [...told, `${created} link(s)${would} created, ${unchanged} unchanged, ${conflicts.length} conflict(s)`], code };
}

export const importCommand: Command = {
  usage: 'import FILE [--dry-run]',
  about: 'import existing links: userId, provider, subject, email, linkedAt from CSV (.csv) or JSON lines (.jsonl); nothing is overwritten',
  takes: ['json', 'dryRun'],
  words: [1, 1],
  run,
};
