/** A real OpenID provider on 127.0.0.1 that people log in at: any name with any password. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider/lib/provider.js";
import { closeServer, listenOnLoopback } from "../../../tools/demo/loopback.ts";

/** A running provider. */
export interface LoginIssuer {
  readonly url: string;
  /** The client that sends people here. */
  readonly client: { id: string; secret: string };
  close(): Promise<void>;
}

/** Starts a provider whose client may send people back to `redirectUrl`. The mail address of a name is at local.test. */
export async function startLoginIssuer(redirectUrl: string): Promise<LoginIssuer> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid: "login", alg: "RS256", use: "sig" };
  const client = { id: "oauth2-proxy", secret: randomBytes(16).toString("hex") };
  let handle: ReturnType<Provider["callback"]> | undefined;
  const server = createServer((request, response) => void handle?.(request, response));
  const url = `http://127.0.0.1:${await listenOnLoopback(server, 0)}`;
  const provider = new Provider(url, {
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        grant_types: ["authorization_code"],
        redirect_uris: [redirectUrl],
        response_types: ["code"],
        scope: "openid email",
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    findAccount: async (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, email: `${id}@local.test`, email_verified: true }),
    }),
    features: { devInteractions: { enabled: true } },
  });
  handle = provider.callback();
  return { url, client, close: () => closeServer(server) };
}
