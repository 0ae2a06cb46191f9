import { expect } from "vitest";
import type { Issuers } from "../support/tokens.ts";
import { expectAnswer, parseEcho } from "./answer.ts";
import type { Case } from "./case.ts";
import type { Gateway } from "./gateway.ts";
import { mayBeReadAs } from "./lax-path.ts";
import { buildRequest } from "./request.ts";

/** Sends one row's request and fails the test unless the answer is what the row expects. */
export async function runRow(
  gateway: Gateway,
  theCase: Case,
  row: Case["rows"][number],
  issuers: Issuers,
): Promise<void> {
  const { request, token } = await buildRequest({ ...theCase.defaults, ...row.request }, issuers);
  const response = await gateway.send(request);
  expectAnswer(response, row.expect, token);
  const echo = parseEcho(response);
  if (theCase.protected !== undefined && echo !== undefined && token === "") {
    expect(mayBeReadAs(echo.path, theCase.protected), `the upstream may read ${echo.path} as protected`).toBe(
      false,
    );
  }
}
