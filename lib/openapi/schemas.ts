// The schemas that validate, as JSON Schema (2020-12): what has a name becomes a component.

import { z } from 'zod';

/** JSON Schema, and whatever else is plain JSON of the document. */
export interface JsonObject {
  readonly [name: string]: unknown;
}

interface Told {
  readonly id?: string;
  readonly description?: string;
}

/** Of our own: a host may have the library, too, and fill its global one. */
const told = z.registry<Told>();

/** Tells the reader what a schema is for. */
export function described<S extends z.ZodType>(description: string, schema: S): S {
  told.add(schema, { description });
  return schema;
}

/** A schema that stands under `components`. */
export function named<S extends z.ZodType>(id: string, description: string, schema: S): S {
  told.add(schema, { id, description });
  return schema;
}

/** What follows from the type alone is left out: the pattern of a format, the bounds of every whole number. */
function plainer({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}

const hoisted = (schema: unknown): JsonObject => JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));

export interface Components {
  readonly schemas: JsonObject;
  /** The JSON Schema of what is sent (`input`) or answered (`output`). */
  of(schema: z.ZodType, io: 'input' | 'output'): JsonObject;
  /** One that is written by hand; gives the reference to it. */
  add(id: string, schema: JsonObject): JsonObject;
}

export function createComponents(): Components {
  const schemas: Record<string, unknown> = {};
  const add = (id: string, schema: unknown) => {
    schemas[id] ??= schema;
    return { $ref: `#/components/schemas/${id}` };
  };
  return {
    schemas,
    add,
    of(schema, io) {
      const { $schema, $defs, ...rest } = z.toJSONSchema(schema, { io, metadata: told, override: plainer, unrepresentable: 'any' });
      for (const [id, definition] of Object.entries($defs ?? {})) add(id, hoisted(definition));
      return hoisted(rest);
    },
  };
}
