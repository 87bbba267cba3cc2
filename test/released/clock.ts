/**
 * What stands before a bundle so that its clock is ahead of the machine's. Alarms never ring there: the runtime has the
 * machine's clock.
 */
export function clockAhead(byMs: number): string {
  return `{const Now=Date;globalThis.Date=class extends Now{constructor(...given){given.length?super(...given):super(Now.now()+${byMs})}static now(){return Now.now()+${byMs}}};}\n`;
}
