// The import of links: rows are read some hundred at a time, so any number of them needs little memory.

import type { LinkImporter, Trial } from '../../models/link-importer.js';
import { type ImportConflict, type ImportOutcome, type LinkRow, type Namespaces, type ReadRow, readRow } from '../accounts/link-imports.js';
import { untilSettled } from '../accounts/until-settled.js';
import type { Acceptances } from '../providers/index.js';

export interface ImportOptions {
  /** Reports what would become of the rows, and writes nothing; it keeps each link that it would make in memory. Default false. */
  readonly dryRun?: boolean;
}

/** Rows from a query, a file, or an array. */
export type LinkRows = Iterable<LinkRow> | AsyncIterable<LinkRow>;

const AT_ONCE = 250;

/** An imported link belongs to the provider as it is configured. If the provider has several tenants, only a sign-in shows which tenant a subject belongs to. */
export function namespacesOf(acceptances: Acceptances): Namespaces {
  return new Map(
    [...acceptances].map(
      ([
        id,
        {
          namespaces: [first, ...others],
        },
      ]) => [id, others.length > 0 ? undefined : first],
    ),
  );
}

export async function importLinks(
  importer: LinkImporter,
  namespaces: Namespaces,
  rows: LinkRows,
  { dryRun = false }: ImportOptions = {},
): Promise<ImportOutcome> {
  const conflicts: ImportConflict[] = [];
  const count = { created: 0, unchanged: 0 };
  const trial: Trial | undefined = dryRun ? new Map() : undefined;
  let batch: ReadRow[] = [];

  async function bring(): Promise<void> {
    const read = batch;
    batch = [];
    const fates = read.length === 0 ? [] : await untilSettled(() => importer.bring(read, trial));
    for (const [n, fate] of fates.entries()) {
      if (fate === 'created' || fate === 'unchanged') count[fate] += 1;
      else conflicts.push({ row: read[n]?.row, reason: fate });
    }
  }

  for await (const row of rows as AsyncIterable<unknown>) {
    const read = readRow(row, namespaces, new Date());
    if (typeof read === 'string') conflicts.push({ row, reason: read });
    else if (batch.push(read) === AT_ONCE) await bring();
  }
  await bring();
  return { ...count, conflicts };
}
