import { type Issuer, type IssuerAlgorithm, startIssuer } from "../../tools/demo/issuer.ts";
import { type ForgeryName, forge } from "./forgeries.ts";
import { type SignedToken, signToken } from "./sign.ts";

/** Issuers of the tests by name. */
type IssuerName = "main" | "second";
export type Issuers = Readonly<Record<IssuerName, Issuer>>;

/** A token described by data: asked for at the token endpoint, signed with the issuer's key, or forged. */
export type TokenSpec = { issuer?: IssuerName } & (
  | { scope?: string; audience?: string; algorithm?: IssuerAlgorithm; opaque?: boolean; revoked?: boolean }
  | { sign: SignedToken }
  | { forge: ForgeryName }
);

/** Starts every issuer of the tests. */
export async function startIssuers(): Promise<Issuers> {
  const [main, second] = await Promise.all([startIssuer(), startIssuer()]);
  return { main, second };
}

/** Makes the token that a description asks for. */
export async function makeToken(spec: TokenSpec, issuers: Issuers): Promise<string> {
  const { issuer: name = "main", ...wanted } = spec;
  const issuer = issuers[name];
  if ("forge" in wanted) return forge(wanted.forge, issuer, issuers[name === "main" ? "second" : "main"]);
  if ("sign" in wanted) return signToken(issuer, wanted.sign);
  const token = await issuer.token(wanted);
  if (wanted.revoked) await issuer.revoke(token);
  return token;
}
