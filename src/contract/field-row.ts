import type { z } from "@hono/zod-openapi";
import type { DialectDefaults } from "../domain/endpoint.ts";

/* What follows from the row of an endpoint's field: its default, how a change merges, how it is stored and shown. */

/** A field's line in docs/api.md. */
export interface FieldDocs {
  /** What it is where none is given, in Markdown. */
  standard: string;
  text: string;
}

/** A field of an endpoint that a change may carry: everything about it. */
export interface FieldRow<
  Schema extends z.ZodType = z.ZodType,
  Held = unknown,
  Name extends string = string,
> {
  /** What a change takes. Where it takes null, null is a value; otherwise it puts back the default. */
  schema: Schema;
  /** What a GET shows. */
  shown: z.ZodType;
  /** Its name where it is stored. */
  held: Name;
  /** What a new endpoint has, and one that was stored before there was the field. */
  standard(dialect: DialectDefaults): Held;
  /** What it is by other fields that older versions stored in its place; undefined = nothing. Absent = there were none. */
  heldBefore?(fields: Readonly<Record<string, unknown>>): Held | undefined;
  /** What is stored of what was given. */
  toHeld(given: z.output<Schema>, standard: Held): Held;
  /** What is shown of what is stored. */
  toShown(held: Held): unknown;
  docs: FieldDocs;
}

type FieldRows = Record<string, FieldRow>;

/** The values of fields as they are stored, by their names there. */
export type HeldBy<Rows extends FieldRows> = {
  [Field in keyof Rows as Rows[Field]["held"]]: ReturnType<Rows[Field]["standard"]>;
};

/** The fields of a change, each as its schema takes it, or null for the default. */
type Given<Rows extends FieldRows> = { [Field in keyof Rows]?: z.output<Rows[Field]["schema"]> | null };

/** The fields as a GET shows them. */
type Shown<Rows extends FieldRows> = {
  [Field in keyof Rows]: z.output<Rows[Field]["shown"]>;
};

/** A field that is stored and shown as it is given. */
export function asGiven<Schema extends z.ZodType, const Name extends string>(
  held: Name,
  schema: Schema,
  standard: z.output<Schema>,
  docs: FieldDocs,
): FieldRow<Schema, z.output<Schema>, Name> & { shown: Schema } {
  return {
    ...sameShown(schema),
    held,
    standard: () => standard,
    toHeld: (given) => given,
    toShown: (value) => value,
    docs,
  };
}

/** A field that is stored or shown in another form. */
export function fieldRow<
  Schema extends z.ZodType,
  Held,
  const Name extends string,
  ShownSchema extends z.ZodType = Schema,
>(row: FieldRow<Schema, Held, Name> & { shown: ShownSchema }) {
  return row;
}

/** The schemas of a field that is shown in the form in which it is given. */
export function sameShown<Schema extends z.ZodType>(schema: Schema): { schema: Schema; shown: Schema } {
  return { schema, shown: schema };
}

/** For fields of which no dialect says anything. */
const NO_DIALECT: DialectDefaults = { retry: { delays: [], jitter: 0 }, disableAfterFailures: null };

/** What a new endpoint has. */
export function standardValues<Rows extends FieldRows>(rows: Rows, dialect = NO_DIALECT): HeldBy<Rows> {
  return held(rows, (row) => row.standard(dialect));
}

/** What is stored, with the defaults of fields that were not there yet when it was. */
export function readValues<Rows extends FieldRows>(
  rows: Rows,
  fields: Readonly<Record<string, unknown>>,
  dialect = NO_DIALECT,
): HeldBy<Rows> {
  return held(rows, (row) => {
    const value = Object.hasOwn(fields, row.held) ? fields[row.held] : undefined;
    return value === undefined ? (row.heldBefore?.(fields) ?? row.standard(dialect)) : value;
  });
}

/**
 * The values after a change: each field that is given replaces the stored one, and null puts back the default, unless
 * null is one of its values.
 */
export function changedValues<Rows extends FieldRows>(
  rows: Rows,
  before: HeldBy<Rows>,
  standard: HeldBy<Rows>,
  change: Given<Rows>,
): HeldBy<Rows> {
  return held(rows, (row, field) => {
    const given: unknown = change[field];
    if (given === undefined) return Reflect.get(before, row.held);
    const fresh: unknown = Reflect.get(standard, row.held);
    return given === null && !isNullValue(row) ? fresh : row.toHeld(given, fresh);
  });
}

/** The values in another dialect: what was the one's default becomes the other's, what was chosen stays. */
export function valuesInDialect<Rows extends FieldRows>(
  rows: Rows,
  values: HeldBy<Rows>,
  before: DialectDefaults,
  after: DialectDefaults,
): HeldBy<Rows> {
  return held(rows, (row) => {
    const value: unknown = Reflect.get(values, row.held);
    const wasDefault = JSON.stringify(value) === JSON.stringify(row.standard(before));
    return wasDefault ? row.standard(after) : value;
  });
}

/** The values as a GET shows them. */
export function shownValues<Rows extends FieldRows>(rows: Rows, values: HeldBy<Rows>): Shown<Rows> {
  const entries = Object.entries(rows).map(([field, row]) => [
    field,
    row.toShown(Reflect.get(values, row.held)),
  ]);
  return Object.fromEntries(entries) as Shown<Rows>;
}

/** The schemas of fields, for what a change takes. */
export function schemasOf<Rows extends Record<string, Pick<FieldRow, "schema">>>(rows: Rows) {
  const entries = Object.entries(rows).map(([field, { schema }]) => [field, schema]);
  return Object.fromEntries(entries) as { [Field in keyof Rows]: Rows[Field]["schema"] };
}

/** The schemas of fields, for what a GET shows. */
export function shownSchemasOf<Rows extends Record<string, Pick<FieldRow, "shown">>>(rows: Rows) {
  const entries = Object.entries(rows).map(([field, { shown }]) => [field, shown]);
  return Object.fromEntries(entries) as { [Field in keyof Rows]: Rows[Field]["shown"] };
}

function isNullValue({ schema }: FieldRow): boolean {
  return schema.safeParse(null).success;
}

function held<Rows extends FieldRows>(
  rows: Rows,
  valueIn: (row: FieldRow, field: string) => unknown,
): HeldBy<Rows> {
  const entries = Object.entries(rows).map(([field, row]) => [row.held, valueIn(row, field)]);
  return Object.fromEntries(entries) as HeldBy<Rows>;
}
