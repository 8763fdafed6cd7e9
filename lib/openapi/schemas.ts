// The schemas that validate, as JSON Schema (2020-12); a schema with a name becomes a component.

import { z } from 'zod';

/** JSON Schema, or any other plain JSON in the document. */
export interface JsonObject {
  readonly [name: string]: unknown;
}

interface Told {
  readonly id?: string;
  readonly description?: string;
}

/** Our own registry, because a host may use the same library and fill the global one. */
const told = z.registry<Told>();

/** Adds a description to a schema. */
export function described<S extends z.ZodType>(description: string, schema: S): S {
  told.add(schema, { description });
  return schema;
}

/** A schema that is listed under `components`. */
export function named<S extends z.ZodType>(id: string, description: string, schema: S): S {
  told.add(schema, { id, description });
  return schema;
}

/** Leaves out what follows from the type alone: the pattern of a format, the bounds of every whole number. */
function plainer({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}

const hoisted = (schema: unknown): JsonObject => JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));

export interface Components {
  readonly schemas: JsonObject;
  /** The JSON Schema of an input or an output. */
  of(schema: z.ZodType, io: 'input' | 'output'): JsonObject;
  /** Adds a schema that is written by hand, and returns the reference to it. */
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
