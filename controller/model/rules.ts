/** Reads the rules of one APIRule. */
import type { Rule } from "../api/apirule/rule.ts";
import type { ApiRuleDocument } from "./api-rule-document.ts";
import { readAuthorizers } from "./authorizers.ts";
import { corsAnswer } from "./cors.ts";
import type { Cors, PathMatch, Route } from "./exposure.ts";
import { readIntrospection } from "./introspection.ts";
import { readJwt } from "./jwt.ts";
import type { Mesh } from "./mesh.ts";
import { spellingWarning } from "./path-spelling.ts";
import { type PathPattern, parsePath, pathMatch } from "./paths.ts";
import type { AccessContent, RuleAccess } from "./policies.ts";
import { checkReachability, type RuleMatch } from "./reachability.ts";
import { readRequestHeaders, setCookies } from "./request-headers.ts";
import { resolveService, type ServiceIndex } from "./services.ts";
import { checkPlaceCount } from "./token-places.ts";

/** What APIRules refer to; what is undefined is not known, and then its existence is not checked. */
export interface Surroundings {
  services: ServiceIndex;
  mesh: Mesh | undefined;
}

/** A route that has no policy yet, and what its rule demands. */
export interface RuleReading {
  index: number;
  route: Omit<Route, "name" | "policy">;
  pattern: PathPattern;
  demand: RuleAccess;
}

const SHADOW_PROTECTS_NOTHING =
  "the rule protects nothing: requests that it would refuse are counted and let through";
const DEFAULT_TIMEOUT_SECONDS = 180;

/** Longest regular expression that a VirtualService may hold. */
const MAX_EXPRESSION = 1_024;

/** The demands of a rule that judges no token by itself. */
const NO_JWT = { providers: [], authorizations: [] };

/** What the rules say. A rule with a problem may be missing; the problem is in the findings of the document. */
export function readRules(
  document: ApiRuleDocument,
  cors: Cors | undefined,
  { services, mesh }: Surroundings,
): RuleReading[] {
  const matches: RuleMatch[] = [];
  const readings: RuleReading[] = [];
  for (const [index, rule] of document.rules.entries()) {
    if (rule === undefined) continue;
    const at = `.spec.rules[${index}]`;
    const methods = [...new Set(rule.methods)];
    const pattern = readPath(rule.path, at, document);
    const access = readAccess(rule, at, document);
    const authorizers =
      rule.extAuth &&
      readAuthorizers(rule.extAuth.authorizers, `${at}.extAuth`, mesh, services, document.findings);
    const destination = readDestination(rule, at, document, services);
    const requestHeaders = readRequestHeaders(rule, at, document.findings);
    checkOverwritten(requestHeaders, access, at, document);
    if (pattern !== undefined) matches.push({ index, path: rule.path, pattern, methods });
    if (pattern === undefined || access === undefined || destination === undefined) continue;
    const path: PathMatch = pathMatch(pattern);
    const timeoutSeconds = rule.timeout ?? document.spec.timeout ?? DEFAULT_TIMEOUT_SECONDS;
    readings.push({
      index,
      pattern,
      route: {
        path,
        methods,
        destination,
        timeoutSeconds,
        ...(authorizers && { authorizers }),
        requestHeaders,
      },
      demand: {
        access,
        authorizers: authorizers ?? [],
        ...setCookies(rule),
        passCorsPreflight: cors !== undefined && methods.includes("OPTIONS"),
        ...(cors === undefined ? {} : { cors: corsAnswer(cors) }),
        matchesOnePath: path.kind === "exact",
      },
    });
  }
  checkReachability(matches, document.findings);
  return readings;
}

function readPath(path: string, at: string, { findings }: ApiRuleDocument): PathPattern | undefined {
  if (findings.isMisshapen(`${at}.path`)) return undefined;
  const pattern = parsePath(path);
  const { kind, value } = pathMatch(pattern);
  if (kind === "regex" && value.length > MAX_EXPRESSION) {
    const message = `with its operators, and characters that may be encoded or not, the path makes an expression of ${value.length} characters; at most ${MAX_EXPRESSION} are allowed`;
    findings.problem(`${at}.path`, message);
    return undefined;
  }
  const warning = spellingWarning(pattern);
  if (warning !== undefined) findings.warning(`${at}.path`, warning);
  return pattern;
}

function readAccess(
  rule: Rule,
  at: string,
  { apiRule, findings }: ApiRuleDocument,
): AccessContent | undefined {
  if (rule.jwt !== undefined || rule.introspection !== undefined) {
    const introspection =
      rule.introspection &&
      readIntrospection(rule.introspection, `${at}.introspection`, apiRule.namespace, findings);
    const jwt = rule.jwt && readJwt(rule.jwt, `${at}.jwt`, findings);
    const tokens = [...(jwt?.providers ?? []), ...(introspection ? [introspection] : [])];
    checkPlaceCount(tokens, jwt ? `${at}.jwt.authentications` : `${at}.introspection`, findings);
    const shadow = rule.mode === "shadow";
    if (shadow) findings.warning(`${at}.mode`, SHADOW_PROTECTS_NOTHING);
    return {
      kind: "jwt",
      ...(jwt ?? NO_JWT),
      ...(introspection && { introspection }),
      ...(shadow && { shadow: true }),
    };
  }
  if (rule.extAuth?.restrictions !== undefined) {
    return { kind: "jwt", ...readJwt(rule.extAuth.restrictions, `${at}.extAuth.restrictions`, findings) };
  }
  return rule.noAuth === true || rule.extAuth !== undefined ? { kind: "open" } : undefined;
}

/** Refuses a header that the rule sets from a claim and then overwrites. */
function checkOverwritten(
  headers: Route["requestHeaders"],
  access: AccessContent | undefined,
  at: string,
  { findings }: ApiRuleDocument,
): void {
  if (access?.kind !== "jwt") return;
  for (const { header } of access.claimsToHeaders ?? []) {
    if (!headers.some(({ name }) => name === header)) continue;
    findings.problem(`${at}.jwt.claimsToHeaders`, `request.headers overwrites the header ${header}`);
  }
}

function readDestination(
  rule: Rule,
  at: string,
  { spec, apiRule, findings, isMalformed }: ApiRuleDocument,
  services: ServiceIndex,
): Route["destination"] | undefined {
  if (isMalformed(".spec.service")) return undefined;
  return resolveService(rule, at, spec, apiRule.namespace, services, findings);
}
