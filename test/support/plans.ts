// How a database means to run a statement, and what of that grows with the table.

import { QueryTypes, type Sequelize } from 'sequelize';
import type { SentStatement } from './sent-statements.js';
import type { DatabaseKind } from './services.js';

/** Two groups, a row for each change of a provider's namespace or of the configuration, whatever else grows. */
const SMALL = ['groups', 'g', 'link_origins', 'o', 'stranded_counts'];

type Row = Readonly<Record<string, unknown>>;

/** Anything that has rows to look for. */
export function hasPlan({ sql }: SentStatement): boolean {
  return /^(?:SELECT|UPDATE|DELETE|INSERT[^;]+\bSELECT\b)/i.test(sql.trim());
}

/** `SCAN l`, `SCAN users USING COVERING INDEX …`, `USE TEMP B-TREE FOR ORDER BY`. */
function growingOnSqlite(rows: readonly Row[]): readonly string[] {
  const steps = rows.map(({ detail }) => String(detail));
  return steps.filter((step) => {
    const [, scanned] = /^SCAN (?!CONSTANT)(\S+)/.exec(step) ?? [];
    return /TEMP B-TREE/.test(step) || (scanned !== undefined && !SMALL.includes(scanned));
  });
}

/** `ALL` reads the table, `index` a whole index. */
function growingOnMariadb(rows: readonly Row[]): readonly string[] {
  return rows
    .filter(({ table }) => !SMALL.includes(String(table)))
    .filter(({ type, Extra }) => ['ALL', 'index'].includes(String(type)) || /filesort|temporary/i.test(String(Extra)))
    .map((row) => JSON.stringify(row));
}

interface PostgresNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PostgresNode[];
}

/** Every table that it reads, in itself or below. */
const relationsOf = ({ 'Relation Name': relation, Plans = [] }: PostgresNode): readonly string[] => [
  ...(relation === undefined ? [] : [relation]),
  ...Plans.flatMap(relationsOf),
];

function growingInNode(node: PostgresNode): readonly string[] {
  const { 'Node Type': type, 'Index Cond': condition, Plans = [] } = node;
  const isWhole = type === 'Seq Scan' || type === 'Sort' || (/^(?:Index|Bitmap Index)/.test(type) && condition === undefined);
  const relations = relationsOf(node);
  // An index by itself names no table.
  const grows = isWhole && (relations.length === 0 || relations.some((relation) => !SMALL.includes(relation)));
  return [...(grows ? [`${type} ${relations.join()}`] : []), ...Plans.flatMap(growingInNode)];
}

/** What it would read or sort of a whole table; empty where there is nothing of the kind. */
export async function growingParts(sequelize: Sequelize, kind: DatabaseKind, { sql, values }: SentStatement): Promise<readonly string[]> {
  const explain = { sqlite: 'EXPLAIN QUERY PLAN', mariadb: 'EXPLAIN', postgres: 'EXPLAIN (FORMAT JSON)' }[kind];
  // Sequelize takes values by `$1` alone.
  const numbered = kind === 'postgres' ? sql : inOrder(sql);
  const rows: readonly Row[] = await sequelize.query(`${explain} ${numbered}`, { type: QueryTypes.SELECT, bind: [...values] });
  if (kind === 'sqlite') return growingOnSqlite(rows);
  if (kind === 'mariadb') return growingOnMariadb(rows);
  return rows.flatMap((row) =>
    (row['QUERY PLAN'] as readonly { readonly Plan: PostgresNode }[]).flatMap(({ Plan }) => growingInNode(Plan)),
  );
}

/** Texts and quoted names have no question mark of ours in them. */
function inOrder(sql: string): string {
  let n = 0;
  return sql.replace(/\?\d*|\$\d+/g, (mark) => {
    n += 1;
    return mark.length > 1 ? `$${mark.slice(1)}` : `$${n}`;
  });
}
