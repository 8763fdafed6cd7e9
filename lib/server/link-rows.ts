// Rows of links from a file: CSV with a header line (RFC 4180), or one JSON object on each line.

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type * as CsvParse from 'csv-parse';
import { optionalPackage } from '../support/optional-package.js';

export type RowFormat = 'csv' | 'jsonl';

/** Of a line that is no JSON: it becomes a conflict, and holds up none of the others. */
const unreadable = (line: number) => ({ line, unreadable: true });

async function* jsonLines(input: Readable): AsyncGenerator<unknown> {
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() === '') continue;
    try {
      yield JSON.parse(line === 1 ? text.replace(/^\uFEFF/, '') : text);
    } catch {
      yield unreadable(line);
    }
  }
}

/**
 * Reads as it is asked for more. Columns of a CSV file are named in its first line: `userId,provider,subject,email,linkedAt`, in any
 * order; others are ignored.
 * @throws Error that says what to install for CSV; from the iterator at a CSV file that is none
 */
export function readLinkRows(input: Readable, format: RowFormat): AsyncIterable<unknown> {
  if (format === 'jsonl') return jsonLines(input);
  const { parse } = optionalPackage<typeof CsvParse>('csv-parse', 'Reading CSV', '7');
  const rows = parse({ columns: true, bom: true, skip_empty_lines: true, relax_column_count: true });
  input.on('error', (error) => rows.destroy(error));
  return input.pipe(rows);
}
