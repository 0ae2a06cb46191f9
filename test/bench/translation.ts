/** `npm run bench -- translation`: how the translation behaves with very many APIRules. */
import { formatFigures } from "./scale/figures.ts";
import { measureTranslation } from "./scale/translation.ts";

const API_RULES = 50_000;

process.stdout.write(`\nTranslation\n\n${formatFigures(measureTranslation(API_RULES))}\n`);
