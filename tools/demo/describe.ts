import type { Demo } from "./demo.ts";
import { curlLine, EXAMPLES } from "./examples.ts";

/** What the user reads when the demo runs: addresses, tokens and commands to paste. */
export function describeDemo({ addresses, tokens }: Demo, configFolder: string): string {
  const examples = EXAMPLES.flatMap((example) => [
    `  ${example.status}  ${example.title} (${example.file})`,
    `       ${curlLine(example, addresses.gateway)}`,
  ]);
  return `
Tollgate is running. Ctrl-C stops everything.

  gateway   ${addresses.gateway} for the hosts *.local.test
  counters  ${addresses.admin}/stats?filter=tollgate
  issuers   ${addresses.issuer} and ${addresses.partner}
  upstream  ${addresses.upstream} echoes each request
  rules     ${configFolder}: edit a file, it takes effect within a second

Tokens, valid for an hour. Paste these lines first:

${Object.entries(tokens)
  .map(([name, token]) => `${name}=${token}`)
  .join("\n")}

Then try these; each gives the status before it:

${examples.join("\n")}

`;
}
