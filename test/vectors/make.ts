import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { vectorsText } from "./vectors.ts";

// `npm run vectors`: writes vectors/webhooks.json anew.
writeFileSync(join(import.meta.dirname, "../../vectors/webhooks.json"), vectorsText());
