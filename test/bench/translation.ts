/** `npm run bench -- translation`: how the translation behaves with very many APIRules. */
import { formatFigures } from "./figures.ts";
import { measureManyRules } from "./scale/many-rules.ts";
import { measureTranslation } from "./scale/translation.ts";

const API_RULES = 50_000;

process.stdout.write(`\nOne APIRule with many rules\n\n${formatFigures(measureManyRules())}\n`);

for (const policies of ["few", "distinct"] as const) {
  const figures = formatFigures(measureTranslation(API_RULES, policies));
  process.stdout.write(`\nTranslation, ${policies} policies\n\n${figures}\n`);
}
