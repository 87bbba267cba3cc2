/** An error of the parser: its code, its words, and where it lies in the expression. */
export interface ParserError {
  code?: string;
  summary?: string;
  range?: { start: number; end: number };
}

/** The parser's limits, in words. */
const LIMITS: Readonly<Record<string, string>> = {
  maxAstNodes: "it has more than 1,000 operations, names and values; make it shorter",
  maxDepth: "it is nested too deep, by more than 32 levels",
  maxListElements: "a list has more than 500 elements",
  maxMapEntries: "a map has more than 100 entries",
  maxCallArguments: "a function has more than 4 arguments",
};

/** What is wrong with an expression that the parser refuses, in words of ours; `text` is the expression. */
export function reasonOf({ code = "", summary = "", range }: ParserError, text: string): string {
  const part = range === undefined ? "" : text.slice(range.start, range.end);
  const isAtEnd = range !== undefined && range.start >= text.length;
  switch (code) {
    case "limit_exceeded":
      return LIMITS[/max\w+/.exec(summary)?.[0] ?? ""] ?? "it is too large";
    case "unexpected_token":
    case "expected_token":
    case "unexpected_character":
      if (isAtEnd) return text.trim() === "" ? "it is empty" : "something is missing at its end";
      return part === "=" ? "= is no operator; equal is ==" : `${shown(part)} is not expected here`;
    case "reserved_identifier":
      return `${shown(part)} is a reserved word; write data.${part} or take another name`;
    case "invalid_macro_argument":
      return "the first argument must be a name, as in list.exists(item, item.n > 0)";
    case "newline_in_string":
      return "a text in quotes must not go over a line's end; write \\n";
    case "unterminated_string":
    case "unterminated_triple_quoted_string":
      return "a text begins here that has no quote at its end";
    default:
      if (/integer|number|exponent/.test(code)) return `${shown(part)} is no number`;
      return /escape|surrogate/.test(code)
        ? `${shown(part)} is no escape that a text may hold`
        : "it is no expression";
  }
}

function shown(part: string): string {
  return part.length <= 40 ? part : `${part.slice(0, 40)}…`;
}
