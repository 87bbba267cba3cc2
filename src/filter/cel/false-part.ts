import { compilePart } from "./compile.ts";
import { type ASTNode, parseCondition } from "./parse.ts";
import { type Names, Run } from "./run.ts";
import { Failure, isDictionary, isList, type Result, typeName, type Value } from "./values.ts";

/** What an explanation may evaluate in all, in steps (`run.ts`): the parts of a filter are run again one by one. */
const STEPS = 20_000;

/** What is told at the most: values, and characters of one. */
const MAX_VALUES = 8;
const MAX_VALUE_LENGTH = 200;

/** The smallest part of an expression that keeps the whole from being true, and what it met. */
export interface FalsePart {
  /** As it is written in the expression. */
  part: string;
  /** Why it is not true: `is false`, or why it has no value. */
  reason: string;
  /** The event's values that the part names, as JSON, shortened; null = there is none of that name. */
  values: { expression: string; value: string | null }[];
}

/**
 * Explains why an expression is not true: of conditions that must all hold, the one that does not. Runs the parts again,
 * so it costs some times as much as the evaluation itself. Throws CelError.
 */
export function falsePart(text: string, names: Names): FalsePart & { steps: number } {
  const descent = new Descent(text, names);
  const found = descent.down(parseCondition(text));
  return { ...found, steps: descent.steps };
}

class Descent {
  readonly #text: string;
  readonly #names: Names;
  steps = 0;

  constructor(text: string, names: Names) {
    this.#text = text;
    this.#names = names;
  }

  down(root: ASTNode): FalsePart {
    let node = root;
    for (let next: ASTNode | null = root; next !== null && this.steps < STEPS; next = this.#within(node))
      node = next;
    return { part: this.#textOf(node), reason: reasonOf(this.#evaluate(node)), values: this.#valuesIn(node) };
  }

  /** The part of a node that decides that it is not true; null = it is the node itself. */
  #within(node: ASTNode): ASTNode | null {
    if (node.op === "&&") {
      const results = node.args.map((part) => this.#evaluate(part));
      // One that is false decides, even where the other one fails.
      const at = results.includes(false) ? results.indexOf(false) : results.findIndex((one) => one !== true);
      return node.args[at] ?? null;
    }
    if (node.op !== "?:") return null;
    const holds = this.#evaluate(node.args[0]);
    if (holds instanceof Failure) return node.args[0];
    return typeof holds === "boolean" ? (node.args[holds ? 1 : 2] ?? null) : null;
  }

  #evaluate(node: ASTNode): Result {
    const run = new Run(this.#names);
    const result = compilePart(this.#text, node)(run);
    this.steps += 1 + (node.end - node.start) / 4 + run.spent;
    return run.isExhausted ? new Failure("too costly for this event") : result;
  }

  #valuesIn(node: ASTNode): FalsePart["values"] {
    const paths = new Map<string, ASTNode>();
    this.#collect(node, new Set(), paths);
    return [...paths].map(([expression, path]) => {
      const value = this.#evaluate(path);
      return { expression, value: value instanceof Failure ? null : shortened(jsonOf(value)) };
    });
  }

  /** The names and fields of the event that a part asks for; `locals` are the variables of loops around it. */
  #collect(node: ASTNode, locals: ReadonlySet<string>, paths: Map<string, ASTNode>): void {
    if (paths.size >= MAX_VALUES) return;
    if (node.op === "value") return;
    if (isPath(node)) {
      if (!locals.has(rootOf(node))) paths.set(this.#textOf(node), node);
      return;
    }
    const inner = node.op === "rcall" ? loopVariable(node.args[2]) : null;
    const within = inner === null ? locals : new Set([...locals, inner]);
    for (const child of childrenOf(node)) this.#collect(child, within, paths);
  }

  #textOf(node: ASTNode): string {
    return this.#text.slice(node.start, node.end);
  }
}

/** Whether a node is a name with fields and fixed places, as `deal.items[0].price`. */
function isPath(node: ASTNode): boolean {
  if (node.op === "id") return true;
  if (node.op === ".") return isPath(node.args[0]);
  return node.op === "[]" && node.args[1].op === "value" && isPath(node.args[0]);
}

function rootOf(node: ASTNode): string {
  if (node.op === "id") return node.args;
  return node.op === "." || node.op === "[]" ? rootOf(node.args[0]) : "";
}

function loopVariable(args: readonly ASTNode[]): string | null {
  const [variable] = args;
  return args.length > 1 && variable?.op === "id" ? variable.args : null;
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    case "list":
      return node.args;
    case "map":
      return node.args.flat();
    case "!_":
    case "-_":
      return [node.args];
    default:
      return node.args;
  }
}

function reasonOf(result: Result): string {
  if (result instanceof Failure) return result.reason;
  if (typeof result === "boolean") return `is ${result}`;
  return `is neither true nor false, but of type ${typeName(result)}`;
}

/** A value as JSON, integers with all their digits; cut where it is longer than what is told. */
function jsonOf(value: Value, room = MAX_VALUE_LENGTH): string {
  if (value === null || typeof value === "boolean" || typeof value === "number") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return JSON.stringify(value.slice(0, room + 1));
  if (value instanceof Date) return JSON.stringify(value);
  const isMap = isDictionary(value);
  let text = isMap ? "{" : "[";
  const items = isMap ? value : isList(value) ? value.entries() : [];
  for (const [key, item] of items) {
    if (text.length > room) break;
    if (text.length > 1) text += ",";
    if (isMap) text += `${JSON.stringify(String(key).slice(0, room))}:`;
    text += jsonOf(item, Math.max(0, room - text.length));
  }
  return `${text}${isMap ? "}" : "]"}`;
}

function shortened(text: string): string {
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}
