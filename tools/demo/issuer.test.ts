import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Issuer, startIssuer } from "./issuer.ts";
import { PortTakenError } from "./loopback.ts";

let issuer: Issuer;
const warnings = vi.spyOn(console, "warn");
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

function verify(token: string) {
  return jwtVerify(token, createRemoteJWKSet(new URL(issuer.jwksUri)), { issuer: issuer.url });
}

test.each(["RS256", "ES256"] as const)("gives a JWT access token signed with %s", async (algorithm) => {
  const audience = "https://orders.local.test";
  const token = await issuer.token({ scope: "read write", audience, algorithm });

  const { payload, protectedHeader } = await verify(token);
  expect(protectedHeader.alg).toBe(algorithm);
  expect(payload).toMatchObject({ iss: issuer.url, aud: audience, scope: "read write" });
});

test("an audience that is no URI is an error with the reason", async () => {
  await expect(issuer.token({ audience: "orders" })).rejects.toThrow(/gave no token: 400 .*absolute URI/);
});

test("its discovery document names the JWKS", async () => {
  const response = await fetch(`${issuer.url}/.well-known/openid-configuration`);
  expect(await response.json()).toMatchObject({ issuer: issuer.url, jwks_uri: issuer.jwksUri });
});

test("after a rotation new tokens verify and old ones do not", async () => {
  const old = await issuer.token();
  await issuer.rotateKeys();

  await expect(verify(await issuer.token())).resolves.toBeDefined();
  await expect(verify(old)).rejects.toThrow();
});

test("a taken port is an error of its own", async () => {
  await expect(startIssuer({ port: Number(new URL(issuer.url).port) })).rejects.toThrow(PortTakenError);
});

test("nothing is printed", () => expect(warnings).not.toHaveBeenCalled());
