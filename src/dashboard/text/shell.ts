/** A text as one word of a POSIX shell: nothing in it is taken for the shell's own. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A text as one word of a POSIX shell, without quotes where it needs none. */
export function shellWord(text: string): string {
  return /^[\w./:@][\w./:@-]*$/.test(text) ? text : shellQuoted(text);
}
