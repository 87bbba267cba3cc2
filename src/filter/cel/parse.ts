import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { functions } from "./functions.ts";
import { type ParserError, reasonOf } from "./parse-errors.ts";

export type { ASTNode } from "@marcbachmann/cel-js";

/** An expression that is refused. */
export class CelError extends Error {
  /** How many characters stand before what is wrong. */
  readonly position: number;

  constructor(reason: string, position: number) {
    super(reason);
    this.name = "CelError";
    this.position = position;
  }
}

const parser = new Environment({
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: 1000, maxDepth: 32, maxListElements: 500, maxMapEntries: 100, maxCallArguments: 4 },
});

/** The tree of an expression that can be true or false. Throws CelError. */
export function parseCondition(text: string): ASTNode {
  const root = parse(text);
  if (!canBeCondition(root)) throw new CelError("it is no condition: it is never true or false", 0);
  return root;
}

function parse(text: string): ASTNode {
  try {
    return parser.parse(text).ast;
  } catch (error) {
    // The parser goes one deeper for each `!` and each `-`, without a limit of its own.
    if (error instanceof RangeError) throw new CelError("it is nested too deep, by more than 32 levels", 0);
    const known = error as ParserError;
    throw new CelError(reasonOf(known, text), known.range?.start ?? 0);
  }
}

/** Whether an expression can have a boolean value, as far as its outermost operation tells. */
function canBeCondition(node: ASTNode): boolean {
  switch (node.op) {
    case "value":
      return typeof node.args === "boolean";
    case "?:":
      return canBeCondition(node.args[1]) && canBeCondition(node.args[2]);
    case "call":
    case "rcall":
      // What is not in the table is a macro, or is refused by the compiler with a better reason.
      return functions.get(node.args[0])?.isCondition ?? !["map", "filter"].includes(node.args[0]);
    case "list":
    case "map":
    case "-_":
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return false;
    default:
      return true;
  }
}
