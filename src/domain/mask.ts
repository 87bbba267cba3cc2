/** What stands for a value that is not shown. Sent back, it keeps the stored value. */
export const MASK = "***";
