/** A call that cannot be carried out; the message says to the agent why, and what to do instead. */
export class ToolError extends Error {
  override readonly name = "ToolError";
}
