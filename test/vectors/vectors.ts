import { atlasCases } from "./atlas.ts";
import type { VectorCase } from "./case.ts";
import { atomicCases, brokersCases, supportCases } from "./single-signature.ts";
import { standardCases } from "./standard.ts";
import { cloudeventsCases, voiceCases } from "./unlike.ts";

/** All cases of vectors/webhooks.json: good ones as the dialects sign them, bad ones made by hand. */
export function vectorCases(): VectorCase[] {
  return [
    ...[...atlasCases(), ...standardCases(), ...voiceCases(), ...brokersCases()],
    ...[...atomicCases(), ...supportCases(), ...cloudeventsCases()],
  ];
}

/** The file, a line for each case. */
export function vectorsText(): string {
  const lines = vectorCases().map((one) => `    ${ascii(JSON.stringify(one))}`);
  return `{\n  "version": 1,\n  "cases": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

/** Half a surrogate pair, or what looks like something else, must survive editors. */
function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
