/** The tests that every kind of gateway must pass. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { INTROSPECTION_CLIENT } from "../../tools/demo/issuer.ts";
import type { Issuers } from "../support/tokens.ts";
import { parseEcho } from "./answer.ts";
import { type Case, loadCases } from "./case.ts";
import type { Gateway } from "./gateway.ts";
import { mayBeReadAs } from "./lax-path.ts";
import { runRow } from "./run-row.ts";

/** Pieces of a path that gateways and workloads read in different ways. */
const PIECES = [
  ...["/", "//", "%2F", "%5c", "\\", ".", "..", "%2e", ";", ";x=1", "%3B", "%00", "#", "?"],
  ...["open", "secret", "%73ecret", "/secret/x"],
];

/** Every case, with the addresses of these issuers and of one that does not exist. */
export function casesFor({ main, second }: Issuers): Case[] {
  return loadCases({
    "main.issuer": main.url,
    "main.jwksUri": main.jwksUri,
    "main.introspectionEndpoint": main.introspectionEndpoint,
    "main.clientId": INTROSPECTION_CLIENT.id,
    "main.clientSecret": INTROSPECTION_CLIENT.secret,
    "second.issuer": second.url,
    "second.jwksUri": second.jwksUri,
    "nowhere.issuer": "http://127.0.0.1:9",
    "nowhere.jwksUri": "http://127.0.0.1:9/jwks",
  });
}

/** Declares one test a row. */
export function testCases(cases: Case[], issuers: Issuers, gateway: () => Gateway): void {
  for (const theCase of cases) {
    describe(`${theCase.name}: ${theCase.description}`, () => {
      for (const row of theCase.rows) {
        test(row.name, () => runRow(gateway(), theCase, row, issuers));
      }
    });
  }
}

/** Declares a test that spells the protected path of the case `ambiguous-paths` in `count` ways, without token. */
export function testSpellings(gateway: () => Gateway, count: number): void {
  test("no spelling of a protected path passes the open rule beside it", async () => {
    const spelling = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(spelling, async (parts) => {
        const path = `/${parts.join("")}`;
        const headers: [string, string][] = [["host", "paths.local.test"]];
        const response = await gateway().send({ method: "GET", path, headers });
        const echo = parseEcho(response);
        expect(
          echo !== undefined && mayBeReadAs(echo.path, "/secret"),
          `${path} came through as ${echo?.path}`,
        ).toBe(false);
        expect(response.status).toBeLessThan(500);
      }),
      { numRuns: count },
    );
  });
}
