/** Answers of gateways as cells of a Markdown table. */
import { parseEcho } from "../../conformance/answer.ts";
import { mayBeReadAs } from "../../conformance/lax-path.ts";
import { headerValues, type RawResponse } from "../../support/client.ts";

/** Status and, where the workload has not answered, the reason in the body and the challenge. */
export function describeAnswer(response: RawResponse): string {
  if (parseEcho(response) !== undefined) return String(response.status);
  const challenges = headerValues(response.headers, "www-authenticate").map((value) => `<br>\`${value}\``);
  return `${response.status} \`${reasonIn(response)}\`${challenges.join("")}`;
}

/** Status, and what reached the workload: bold where it may be taken for something below the protected path. */
export function describePassage(response: RawResponse, protectedPath: string): string {
  const path = parseEcho(response)?.path;
  if (path === undefined) return String(response.status);
  const passage = `${response.status} \`${path}\``;
  return mayBeReadAs(path, protectedPath) ? `**${passage}**` : passage;
}

/** A table; the first row is the head. */
export function formatMarkdown([head = [], ...rows]: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |\n`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("");
}

function reasonIn({ body, headers }: RawResponse): string {
  const [type] = headerValues(headers, "content-type");
  return type === "application/problem+json" ? (JSON.parse(body) as { code: string }).code : body;
}
