/*
 * Written by test/architecture/endpoint-fields.test.ts from the rows of src/contract/endpoint-fields.ts: the command line
 * takes types of the contract alone, so that none of its schemas are in it.
 */

/** The fields of an endpoint for which null is a value: elsewhere it puts back a default. */
export const NULLABLE_FIELDS: Readonly<Record<string, true>> = {
  filter: true,
  rate_limit: true,
  success_statuses: true,
  disable_after: true,
  auth: true,
};
