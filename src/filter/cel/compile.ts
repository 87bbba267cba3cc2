import { functions } from "./functions.ts";
import { isLoopName, loops } from "./loops.ts";
import { binaryOperators, negative } from "./operators.ts";
import { type ASTNode, CelError, parseCondition } from "./parse.ts";
import { binary, connected, listOf, mapOf, unary } from "./programs.ts";
import type { Program } from "./run.ts";
import { Failure, isDictionary, isList, mismatch, type Value } from "./values.ts";

/*
 * The library parses; its tree becomes closures here. Its own evaluator is not used: it bounds the tree but not what
 * evaluating it costs, and it throws, which a publisher would pay for at each missing key.
 */

/** The program of an expression that can be true or false. Throws CelError. */
export function compileCondition(text: string): Program {
  return new Compiler(text).compile(parseCondition(text));
}

/** The program of a part of an expression's tree, outside of loops. Throws CelError. */
export function compilePart(text: string, part: ASTNode): Program {
  return new Compiler(text).compile(part);
}

/** Turns one expression's tree into closures. */
class Compiler {
  readonly #text: string;
  /** The names of the loops' variables around the place that is compiled. */
  readonly #scope: string[] = [];
  #operations = 0;

  constructor(text: string) {
    this.#text = text;
  }

  compile(node: ASTNode): Program {
    this.#operations++;
    switch (node.op) {
      case "value":
        return this.#literal(node);
      case "id":
        return this.#name(node.args);
      case ".":
        return this.#field(node, this.compile(node.args[0]), () => node.args[1]);
      case "[]":
        return this.#field(node, this.compile(node.args[0]), this.compile(node.args[1]));
      case "call":
        return this.#call(node, node.args[0], node.args[1], "call");
      case "rcall":
        return this.#method(node, node.args[0], node.args[1], node.args[2]);
      case "list":
        return listOf(node.args.map((element) => this.compile(element)));
      case "map":
        return mapOf(node.args.map(([key, value]) => [this.compile(key), this.compile(value)]));
      case "?:":
        return this.#choice(node.args);
      case "&&":
        return connected("&&", false, this.compile(node.args[0]), this.compile(node.args[1]));
      case "||":
        return connected("||", true, this.compile(node.args[0]), this.compile(node.args[1]));
      case "!_":
        return unary(this.compile(node.args), (value) =>
          typeof value === "boolean" ? !value : mismatch("!", value),
        );
      case "-_":
        return unary(this.compile(node.args), negative);
      case ".?":
      case "[?]":
        throw new CelError("? is not available in filters", node.start);
      default:
        return binary(binaryOperators[node.op], this.compile(node.args[0]), this.compile(node.args[1]));
    }
  }

  #literal(node: ASTNode & { op: "value" }): Program {
    const { args } = node;
    if (args instanceof Uint8Array) throw new CelError("bytes are not available in filters", node.start);
    // What is left of objects are unsigned integers: compared by what they are worth, like any other.
    const value: Value = typeof args === "object" && args !== null ? args.valueOf() : args;
    return () => value;
  }

  #name(name: string): Program {
    const slot = this.#scope.lastIndexOf(name);
    if (slot >= 0) return (run) => run.locals[slot] as Value;
    const unknown = new Failure(`no such name: ${name}`);
    return (run) => run.names.valueOf(name) ?? unknown;
  }

  #field(node: ASTNode, object: Program, key: Program): Program {
    const missing = new Failure(`no such key: ${this.#textOf(node)}`);
    return (run) => {
      const [from, at] = [object(run), key(run)];
      if (from instanceof Failure) return from;
      if (at instanceof Failure) return at;
      const value = isDictionary(from)
        ? from.get(at)
        : isList(from) && typeof at === "bigint"
          ? from[Number(at)]
          : undefined;
      return value === undefined ? missing : value;
    };
  }

  /** The part of the expression's text that a node stands for, shortened: it goes into reasons. */
  #textOf(node: ASTNode): string {
    const text = this.#text.slice(node.start, node.end);
    return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
  }

  #call(node: ASTNode, name: string, args: readonly ASTNode[], form: "call" | "method"): Program {
    if (name === "has" && form === "call") return this.#has(node, args);
    // A method's own name stands after its receiver and the dot.
    const at = form === "method" ? (args[0]?.end ?? 0) + 1 : node.start;
    const known = functions.get(name);
    if (known === undefined || (known.form !== "both" && known.form !== form)) {
      throw new CelError(`${name}() is not available in filters`, at);
    }
    if (args.length !== known.arity) {
      const count = known.arity - (form === "method" ? 1 : 0);
      throw new CelError(`${name}() takes ${count === 1 ? "1 argument" : `${count} arguments`}`, at);
    }
    const [first, second] = args.map((arg) => this.compile(arg)) as [Program, Program?];
    if (second === undefined)
      return (run) => {
        const value = first(run);
        return value instanceof Failure ? value : known.apply(run, value, null);
      };
    return binary((left, right, run) => known.apply(run, left, right), first, second);
  }

  /** `has(a.b)`: whether the key is there. Where `a` itself is missing it fails, as in CEL. */
  #has(node: ASTNode, args: readonly ASTNode[]): Program {
    const [field] = args;
    if (args.length !== 1 || field?.op !== ".")
      throw new CelError("has() takes a field, as has(deal.value)", node.start);
    const key = field.args[1];
    return unary(this.compile(field.args[0]), (object) => isDictionary(object) && object.has(key));
  }

  #method(node: ASTNode, name: string, receiver: ASTNode, args: readonly ASTNode[]): Program {
    if (!isLoopName(name)) return this.#call(node, name, [receiver, ...args], "method");
    const [variable, body, value = null] = args;
    if (variable?.op !== "id" || body === undefined || args.length > (name === "map" ? 3 : 2)) {
      throw new CelError(`${name}() takes a name and a condition, as ${name}(item, item.n > 0)`, node.start);
    }
    const range = this.compile(receiver);
    const slot = this.#scope.push(variable.args) - 1;
    const before = this.#operations;
    const loop = {
      ...{ name, range, slot },
      body: this.compile(body),
      value: value && this.compile(value),
      bodySteps: this.#operations - before,
    };
    this.#scope.pop();
    return loops[name](loop);
  }

  #choice(args: readonly [ASTNode, ASTNode, ASTNode]): Program {
    const [condition, then, otherwise] = args.map((arg) => this.compile(arg)) as [Program, Program, Program];
    return (run) => {
      const holds = condition(run);
      if (holds === true) return then(run);
      if (holds === false) return otherwise(run);
      return holds instanceof Failure ? holds : mismatch("?:", holds);
    };
  }
}
