/** Reads `request.headers` and `request.cookies` of a rule. */
import { TOKEN_PATTERN } from "../api/apirule/fields.ts";
import { CONNECTION_HEADERS, GATEWAY_HEADERS } from "../api/apirule/header-names.ts";
import type { Rule } from "../api/apirule/rule.ts";
import { LIMITS } from "../api/limits.ts";
import { headersRead, unknownOperator } from "./command-operators.ts";
import type { Route } from "./exposure.ts";
import type { Findings } from "./findings.ts";
import { checkRemovals } from "./header-removal.ts";
import { memberPath } from "./schema-check.ts";

const TOKEN = new RegExp(TOKEN_PATTERN);

/** Characters of the value of a cookie (RFC 6265, section 4.1.1), which may stand in quotes. */
const COOKIE_VALUE =
  /^(?:[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*|"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")$/;

/** Headers that HTTP, browsers or proxies give a meaning to, which no claim may replace on the routes of all rules. */
const STANDARD_HEADERS: readonly string[] = [
  ...["authorization", "cache-control", "cookie", "date", "dpop", "expect", "forwarded", "from", "if-match"],
  ...["if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "max-forwards", "origin"],
  ...["pragma", "prefer", "priority", "proxy-authorization", "range", "referer", "tracestate", "traceparent"],
  ...["true-client-ip", "user-agent", "via", "warning", "x-client-ip", "x-http-method-override", "x-real-ip"],
  ...["x-request-id", "baggage", "b3", "grpc-timeout", "sec-websocket-key", "upgrade-insecure-requests"],
];

/** Beginnings of the names of such headers. */
const STANDARD_PREFIXES: readonly string[] = [
  ...["accept", "access-control-", "content-", "sec-", "x-b3-", "x-envoy-", "x-forwarded-", "x-ot-", "grpc-"],
  ...["x-amzn-", "x-cloud-trace-", "x-datadog-", "x-istio-", "x-original-", "x-rewrite-"],
];

/** Longest value of a header to set, in UTF-8, with which Envoy takes a configuration. */
const MAX_VALUE_BYTES = 16_384;

/** What the filter has left of the client's cookies: it begins with a separator. */
const OTHER_COOKIES = "%REQ(COOKIE)%";

/** Request headers to set, in lower case and sorted; cookies become one `cookie` header with those of the client. */
export function readRequestHeaders(rule: Rule, path: string, findings: Findings): Route["requestHeaders"] {
  const read = new Map<string, { at: string; value: string }>();
  for (const [name, value] of Object.entries(rule.request?.headers ?? {})) {
    const at = memberPath(`${path}.request.headers`, name);
    const key = name.toLowerCase();
    const problem = nameProblem(key) ?? lengthProblem(key) ?? valueProblem(value) ?? sizeProblem(value);
    if (problem !== undefined) findings.problem(at, problem);
    if (read.has(key)) findings.problem(at, `the header ${key} is set twice`);
    read.set(key, { at, value });
  }
  const cookies = readCookies(rule, path, findings);
  if (cookies !== undefined) {
    const at = `${path}.request.cookies`;
    if (read.has("cookie")) findings.problem(at, "request.headers sets the header cookie too");
    read.set("cookie", { at, value: cookies });
  }
  const headers = [...read].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, rest]) => ({ name, ...rest }));
  checkRemovals(
    headers.filter(({ value }) => valueProblem(value) === undefined),
    findings,
  );
  return headers.map(({ name, value }) => ({ name, value }));
}

function readCookies(rule: Rule, path: string, findings: Findings): string | undefined {
  const cookies = rule.request?.cookies ?? {};
  for (const [name, value] of Object.entries(cookies)) {
    const at = memberPath(`${path}.request.cookies`, name);
    if (!TOKEN.test(name)) findings.problem(at, "is not a valid cookie name");
    const problem = valueProblem(value) ?? cookieProblem(value);
    if (problem !== undefined) findings.problem(at, problem);
    else for (const header of headersRead(value)) findings.warning(at, injectionWarning(header));
  }
  const names = cookieNames(rule);
  if (names.length === 0) return undefined;
  const header = names.map((name) => `${name}=${cookies[name]}`).join("; ") + OTHER_COOKIES;
  const problem = sizeProblem(header);
  if (problem !== undefined) findings.problem(`${path}.request.cookies`, problem);
  return header;
}

function injectionWarning(header: string): string {
  return `a client that puts a semicolon into ${header} sends any cookie, also one that the rule sets`;
}

function cookieNames(rule: Rule): string[] {
  return Object.keys(rule.request?.cookies ?? {}).sort();
}

/** The names of the cookies that a rule sets, where it sets any: the filter takes the client's own away. */
export function setCookies(rule: Rule): { setCookies?: string[] } {
  const names = cookieNames(rule);
  return names.length === 0 ? {} : { setCookies: names };
}

/** What is wrong with the value of a cookie; the characters of command operators may all stand in one. */
function cookieProblem(value: string): string | undefined {
  if (COOKIE_VALUE.test(value)) return undefined;
  return "the value of a cookie must not hold blanks, quotes, commas, semicolons, backslashes or characters beyond ASCII";
}

function nameProblem(name: string): string | undefined {
  if (!TOKEN.test(name)) return "is not a valid header name";
  if (isConnectionHeader(name)) return "belongs to the connection and cannot be set";
  return GATEWAY_HEADERS.includes(name) ? "is set by the gateway" : undefined;
}

/** Whether a header, in lower case, belongs to the connection (RFC 9110, section 7.6.1) or to its framing. */
export function isConnectionHeader(name: string): boolean {
  return CONNECTION_HEADERS.includes(name);
}

/** Why a header, in lower case, cannot be set from a claim. */
export function identityHeaderProblem(name: string): string | undefined {
  const key = name.replaceAll("_", "-");
  const problem = nameProblem(name) ?? nameProblem(key);
  if (problem !== undefined) return problem;
  const isStandard =
    STANDARD_HEADERS.includes(key) || STANDARD_PREFIXES.some((prefix) => key.startsWith(prefix));
  return isStandard ? "has a meaning of its own; take another name, such as x-user" : undefined;
}

function lengthProblem(name: string): string | undefined {
  if (name.length <= LIMITS.maxHeaderNameCharacters) return undefined;
  return `the name must have at most ${LIMITS.maxHeaderNameCharacters} characters, but has ${name.length}`;
}

function sizeProblem(value: string): string | undefined {
  const bytes = Buffer.byteLength(value);
  if (bytes <= MAX_VALUE_BYTES) return undefined;
  return `the header must have at most ${MAX_VALUE_BYTES} bytes, but would have ${bytes}`;
}

function valueProblem(value: string): string | undefined {
  if (/[^\P{Cc}\t]/u.test(value)) return "the value holds a control character";
  const operator = unknownOperator(value);
  if (operator === undefined) return undefined;
  return `${operator} is not a supported command operator; write %% for a percent sign`;
}
