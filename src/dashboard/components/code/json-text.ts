/** A piece of JSON as it was written: never parsed into a value, so that nothing of it changes. */
export interface Token {
  kind: "key" | "string" | "number" | "word" | "mark" | "space" | "other";
  text: string;
}

const TOKEN =
  /(?<string>"(?:[^"\\]|\\.)*"?)|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<word>true|false|null)|(?<mark>[{}[\],:])|(?<space>[ \t\r\n]+)|(?<other>[^"{}[\],:\s\d-]+|.)/gsy;

/** The tokens of a text, or null where it is not JSON. Their texts together are the text. */
export function jsonTokens(text: string): Token[] | null {
  if (!/^\s*[[{]/.test(text)) return null;
  const tokens: Token[] = [];
  for (const { groups = {} } of text.matchAll(TOKEN)) {
    for (const kind of ["string", "number", "word", "mark", "space", "other"] as const) {
      const part = groups[kind];
      if (part === undefined) continue;
      if (kind === "other") return null;
      tokens.push({ kind, text: part });
    }
  }
  markKeys(tokens);
  return tokens;
}

function markKeys(tokens: Token[]): void {
  let last: Token | null = null;
  for (const token of tokens) {
    if (token.kind === "space") continue;
    if (token.text === ":" && last?.kind === "string") last.kind = "key";
    last = token;
  }
}

/** Lines of tokens with two spaces a level. Only the white space between tokens is ours. */
export function prettyLines(tokens: readonly Token[]): Token[][] {
  const lines: Token[][] = [[]];
  let depth = 0;
  const solid = tokens.filter(({ kind }) => kind !== "space");
  const put = (token: Token) => lines.at(-1)?.push(token);
  const breakLine = () => lines.push(depth > 0 ? [{ kind: "space", text: "  ".repeat(depth) }] : []);
  for (const [at, token] of solid.entries()) {
    const next = solid[at + 1]?.text;
    if (token.kind !== "mark") {
      put(token);
    } else if (token.text === "{" || token.text === "[") {
      put(token);
      if (next === "}" || next === "]") continue;
      depth += 1;
      breakLine();
    } else if (token.text === "}" || token.text === "]") {
      const before = solid[at - 1]?.text;
      if (before !== "{" && before !== "[") {
        depth = Math.max(0, depth - 1);
        breakLine();
      }
      put(token);
    } else if (token.text === ",") {
      put(token);
      breakLine();
    } else {
      put(token);
      put({ kind: "space", text: " " });
    }
  }
  return lines;
}

/** The tokens in lines as they were written. */
export function rawLines(tokens: readonly Token[]): Token[][] {
  const lines: Token[][] = [[]];
  for (const { kind, text } of tokens) {
    for (const [index, part] of text.split("\n").entries()) {
      if (index > 0) lines.push([]);
      if (part !== "") lines.at(-1)?.push({ kind, text: part });
    }
  }
  return lines;
}

/** Whether a number's text would change in a double, as JavaScript's JSON.parse makes one of each number. */
export function isRounded(text: string): boolean {
  if (!/^-?\d+$/.test(text)) return false;
  return !Number.isSafeInteger(Number(text));
}

/** The text of a member of the outermost object, as it is written; null = it has none of this name. */
export function memberText(text: string, name: string): string | null {
  const tokens = jsonTokens(text) ?? [];
  let depth = 0;
  let member: string | null = null;
  for (const [at, { kind, text: part }] of tokens.entries()) {
    if (part === "}" && depth === 1) break;
    if (part === "," && depth === 1 && member !== null) break;
    if (kind === "mark" && (part === "{" || part === "[")) depth += 1;
    if (member !== null) member += part;
    if (kind === "mark" && (part === "}" || part === "]")) depth -= 1;
    if (depth === 1 && member === null && part === ":" && isName(tokens, at, name)) member = "";
  }
  return member === null ? null : member.trim();
}

function isName(tokens: readonly Token[], colon: number, name: string): boolean {
  const key = tokens.slice(0, colon).findLast(({ kind }) => kind !== "space");
  return key?.kind === "key" && key.text === JSON.stringify(name);
}
