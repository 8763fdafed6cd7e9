// Which attributes of a model a refusal is about: databases name columns, indexes and constraints, or nothing at all.

import type { Sequelize } from 'sequelize';
import type { Table } from './define-models.js';
import { catalogueName } from './tables-home.js';

interface NamedFields {
  readonly name?: string;
  readonly fields?: readonly (string | { readonly name?: string; readonly attribute?: string } | unknown)[];
}

/** What Sequelize keeps of a model's indexes, and has no types for. */
interface Indexed {
  readonly uniqueKeys?: Readonly<Record<string, { readonly fields: readonly string[] }>>;
  readonly _indexes?: readonly NamedFields[];
}

export interface TableColumns {
  /** The attributes that the names stand for; empty where none of them can be told. */
  attributesOf(names: readonly string[]): Promise<readonly string[]>;
  /** How many characters the column of an attribute takes; undefined where nothing limits them or nothing is known of it. */
  lengthOf(attribute: string): Promise<number | undefined>;
}

function fieldsOf({ fields = [] }: NamedFields): readonly string[] {
  return fields.flatMap((field) => {
    if (typeof field === 'string') return [field];
    const { name, attribute } = (field ?? {}) as { readonly name?: string; readonly attribute?: string };
    return [name ?? attribute ?? ''];
  });
}

/** Asked once a table has refused a row, outside the transaction that it refused it in. */
export function tableColumns(sequelize: Sequelize, model: Table): TableColumns {
  const fields = new Map(Object.entries(model.getAttributes()).map(([attribute, { field }]) => [attribute, field ?? attribute]));
  const queryInterface = sequelize.getQueryInterface();
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
  const named = (name: string) =>
    [...fields].filter(([attribute, field]) => same(name, attribute) || same(name, field)).map(([key]) => key);

  /** `lower((email)::text)`, `members_nick_name_check`: the longest name of a column that stands in it. */
  function within(name: string): readonly string[] {
    const words = (text: string) => `_${text.toLowerCase().replace(/[^\p{L}\d]+/gu, '_')}_`;
    const found = [...fields].filter(([attribute, field]) => [attribute, field].some((each) => words(name).includes(words(each))));
    const [longest] = found.map(([, field]) => field.length).sort((one, other) => other - one);
    return found.filter(([, field]) => field.length === longest).map(([attribute]) => attribute);
  }

  function indexOfModel(name: string): readonly string[] {
    const { uniqueKeys = {}, _indexes = [] } = model as unknown as Indexed;
    return uniqueKeys[name]?.fields ?? _indexes.filter((index) => index.name === name).flatMap(fieldsOf);
  }

  async function indexOfTable(name: string): Promise<readonly string[]> {
    const indexes = await catalogueName(sequelize, model)
      .then((table) => queryInterface.showIndex(table))
      .catch(() => []);
    return (indexes as readonly NamedFields[]).filter((index) => index.name === name).flatMap(fieldsOf);
  }

  async function attributesOf(name: string): Promise<readonly string[]> {
    const exact = named(name);
    if (exact.length > 0) return exact;
    const indexed = [...indexOfModel(name), ...(await indexOfTable(name))].flatMap(named);
    return indexed.length > 0 ? indexed : within(name);
  }

  return {
    async attributesOf(names) {
      const found: string[] = [];
      for (const name of names) found.push(...(await attributesOf(name)));
      return [...new Set(found)];
    },
    async lengthOf(attribute) {
      const table: Readonly<Record<string, { readonly type: string }>> = await catalogueName(sequelize, model)
        .then((name) => queryInterface.describeTable(name))
        .catch(() => ({}));
      const column = Object.entries(table).find(([name]) => same(name, fields.get(attribute) ?? ''))?.[1];
      const stored = /char[^(]*\((\d+)\)/i.exec(column?.type ?? '')?.[1];
      const declared = (model.getAttributes()[attribute]?.type as { readonly _length?: unknown } | undefined)?._length;
      const lengths = [stored, declared].map(Number).filter((length) => length > 0);
      return lengths.length === 0 ? undefined : Math.min(...lengths);
    },
  };
}
