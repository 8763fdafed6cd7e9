// The import of links: rows as they come, some hundred at a time, so that any number of them needs the memory of these.

import type { LinkImporter, Trial } from '../../models/link-importer.js';
import { type ImportConflict, type ImportOutcome, type LinkRow, type Namespaces, type ReadRow, readRow } from '../accounts/link-imports.js';
import { untilSettled } from '../accounts/until-settled.js';
import type { Acceptances } from '../providers/index.js';

export interface ImportOptions {
  /** Says what would become of the rows, and writes nothing; it remembers each link it would make. Default false. */
  readonly dryRun?: boolean;
}

/** Rows from a query, a file, or an array. */
export type LinkRows = Iterable<LinkRow> | AsyncIterable<LinkRow>;

const AT_ONCE = 250;

/** A link is of the provider as it is configured; where it stands for many tenants, only a sign-in tells whose subject it is. */
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
