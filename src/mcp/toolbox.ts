import { z } from "zod";
import { isAllowed } from "../domain/roles.ts";
import { AtlasError } from "../sdk/client/index.ts";
import { readingTools } from "./reading.ts";
import { replayingTools } from "./replaying.ts";
import type { AgentCaller, Tool, ToolContext } from "./tool.ts";
import { ToolError } from "./tool-error.ts";

/** As much as an agent can read at once, characters. */
const MOST_CHARACTERS = 60_000;

/** What a call came to, as the protocol writes it. */
export interface CallResult {
  content: { type: "text"; text: string }[];
  isError?: true;
}

/** What is said of a tool, as the protocol writes it. */
export interface ListedTool {
  name: string;
  title: string;
  description: string;
  inputSchema: object;
  annotations: object;
}

/** Made once they are asked for: few isolates serve agents, and each would start later for it. */
let tools: readonly Tool[] | null = null;
const listed = new Map<Tool, ListedTool>();

/** The tools that a key may use. */
export class Toolbox {
  readonly #context: Omit<ToolContext, "signal">;
  readonly #tools: readonly Tool[];

  constructor(context: Omit<ToolContext, "signal">) {
    this.#context = context;
    tools ??= [...readingTools(), ...replayingTools()];
    this.#tools = tools.filter((tool) => mayCall(context.caller, tool));
  }

  list(): ListedTool[] {
    return this.#tools.map(listedTool);
  }

  /** Calls one with what was given; null = it has no tool of this name. Rejects for a fault of our own alone. */
  async call(name: string, given: unknown, signal: AbortSignal): Promise<CallResult | null> {
    const tool = this.#tools.find((one) => one.name === name);
    if (tool === undefined) return null;
    const input = z.strictObject(tool.input).safeParse(given);
    if (!input.success) return failure(input.error.issues.map(issueText).join("; "));
    try {
      const value = await tool.run({ ...this.#context, signal }, input.data);
      return { content: [{ type: "text", text: textOf(value) }] };
    } catch (error) {
      if (error instanceof ToolError) return failure(error.message);
      if (error instanceof AtlasError) return failure(answerText(error));
      throw error;
    }
  }
}

function mayCall({ role, isReadOnly }: AgentCaller, { permission }: Tool): boolean {
  return isAllowed(role, permission) && !(isReadOnly && permission === "endpoints:write");
}

function listedTool(tool: Tool): ListedTool {
  const known = listed.get(tool);
  if (known !== undefined) return known;
  const { name, title, description, input, isReadOnly } = tool;
  const { $schema: _, ...inputSchema } = z.toJSONSchema(z.strictObject(input), { io: "input" });
  const annotations = { readOnlyHint: isReadOnly, destructiveHint: false, openWorldHint: !isReadOnly };
  const made = { name, title, description, inputSchema, annotations };
  listed.set(tool, made);
  return made;
}

function failure(text: string): CallResult {
  return { isError: true, content: [{ type: "text", text }] };
}

function issueText({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join(".")}: ${message}`;
}

/** What the API answered, with every bad field. */
function answerText({ code, message, errors, requestId }: AtlasError): string {
  if (errors.length > 0) return errors.map((field) => `${field.path}: ${field.message}`).join("; ");
  return `${message} (${code}${requestId === null ? "" : `, request ${requestId}`})`;
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value, null, 1);
  if (text.length <= MOST_CHARACTERS) return text;
  return `${text.slice(0, MOST_CHARACTERS)}\n… cut after ${MOST_CHARACTERS} characters: ask for less.`;
}
