import type { z } from "zod";
import type { Permission, Role } from "../domain/roles.ts";
import type { Atlas } from "../sdk/client/index.ts";
import type { Confirmations } from "./confirmations.ts";

/** Whose key the agent has. */
export interface AgentCaller {
  role: Role;
  /** A portal session that may only look. */
  isReadOnly: boolean;
}

/** What a tool works with. */
export interface ToolContext {
  /** A client with the agent's key: what the key may not do is refused there, whatever tools are shown. */
  atlas: Atlas;
  caller: AgentCaller;
  confirmations: Confirmations;
  /** Ends the call. */
  signal: AbortSignal;
}

/** What an agent can call. */
export interface Tool<Shape extends z.ZodRawShape = z.ZodRawShape> {
  name: string;
  title: string;
  description: string;
  input: Shape;
  /** What a key must be allowed to do. */
  permission: Permission;
  isReadOnly: boolean;
  run(context: ToolContext, given: z.output<z.ZodObject<Shape>>): Promise<unknown>;
}

/** Infers the input's type for `run`. */
export function tool<Shape extends z.ZodRawShape>(definition: Tool<Shape>): Tool {
  return definition as unknown as Tool;
}
