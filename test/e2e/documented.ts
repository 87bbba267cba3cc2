import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** An answer that a page shows in a comment: `# 202 {"id":"evt_…"}`. */
interface ShownAnswer {
  status: number | null;
  /** What of it must be in the real one: names of members, and with them the values that are not cut by `…`. */
  members: string[];
}

/** A block of shell commands of a page. */
export interface ShellBlock {
  /** As it is pasted. */
  text: string;
  /** The same, cut before each line that takes a value from an answer: `ENDPOINT=ep_…`. */
  parts: string[];
  /** Whether it calls a running service or prepares for it, and does nothing else. */
  isForCurl: boolean;
  /** The variables that it sets. */
  assigns: string[];
  answers: ShownAnswer[];
}

const FENCED = /^( *)```sh\n([\s\S]*?)^\1```$/gm;

/** What a line may begin with in a block that calls a running service; the lines of a JSON body among it. */
const FOR_CURL = /^\s*(?:curl |(?:export )?[A-Z_]+=\S+\s*(?:#|$)|#|-|["{}\]]|$)/;

/** The shell blocks of a page of the project, top to bottom. */
export function shellBlocksOf(page: string): ShellBlock[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(FENCED)].map(([, indent = "", lines = ""]) =>
    shellBlock(lines.replace(new RegExp(`^${indent}`, "gm"), "")),
  );
}

function shellBlock(text: string): ShellBlock {
  return {
    text,
    parts: text.split(/^(?=[A-Z_]+=\w+_…)/m),
    isForCurl: text.split("\n").every((line) => FOR_CURL.test(line)),
    assigns: [...text.matchAll(/^(?:export )?([A-Z_]+)=/gm)].map(([, name = ""]) => name),
    answers: [...text.matchAll(/^# (?:(\d{3}) )?(\{.*)$/gm)].map(([, status, body = ""]) => ({
      status: status === undefined ? null : Number(status),
      members: [...body.matchAll(/"\w+":(?:\d+(?=[,}])|null|true|false|"[^"…]*")?/g)].map(
        ([member]) => member,
      ),
    })),
  };
}
