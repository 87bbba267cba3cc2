import type { z } from "zod";
import type { Atlas } from "../../sdk/client/index.ts";

/** What an agent can call. */
export interface Tool<Shape extends z.ZodRawShape = z.ZodRawShape> {
  name: string;
  title: string;
  description: string;
  input: Shape;
  /** The roles whose keys may. */
  roles: readonly string[];
  isReadOnly: boolean;
  run(atlas: Atlas, given: z.output<z.ZodObject<Shape>>): Promise<unknown>;
}

/** Infers the input's type for `run`. */
export function tool<Shape extends z.ZodRawShape>(definition: Tool<Shape>): Tool {
  return definition as unknown as Tool;
}

export const READERS = ["admin", "reader", "portal"] as const;
export const EVENT_READERS = ["admin", "reader", "publisher"] as const;
export const WRITERS = ["admin", "portal"] as const;
