/** An answer came, and it is not one of HTTP/1.1. */
export class InvalidAnswer extends Error {}

/** The connection ended before the answer did, or what came is not HTTP at all. */
export class NoAnswer extends Error {}
