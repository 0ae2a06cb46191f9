/** The keys and tokens of an environment. The API server makes its own certificate. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { filesOf, type Layout } from "./layout.ts";

const OWNER_ONLY = { mode: 0o600 };
const ADMINISTRATOR = { name: "admin", group: "system:masters" };

/** Writes the credentials and the administrator's kubeconfig, unless the folder has them from an earlier start. */
export async function prepareCredentials(layout: Layout): Promise<void> {
  const files = filesOf(layout);
  if (existsSync(files.tokens)) return;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await writeFile(files.serviceAccountKey, privateKey.export({ type: "pkcs8", format: "pem" }), OWNER_ONLY);
  await writeFile(files.serviceAccountPublicKey, publicKey.export({ type: "spki", format: "pem" }));
  const token = randomBytes(32).toString("hex");
  await writeKubeconfig(layout, files.kubeconfig, token);
  const { name, group } = ADMINISTRATOR;
  await writeFile(files.tokens, `${token},${name},${name},"${group}"\n`, OWNER_ONLY);
}

/** Writes a kubeconfig for whoever the token belongs to. JSON is YAML. */
export async function writeKubeconfig(
  layout: Pick<Layout, "folder" | "ports">,
  file: string,
  token: string,
): Promise<void> {
  const server = `https://127.0.0.1:${layout.ports.apiServer}`;
  const cluster = { server, "certificate-authority": filesOf(layout).apiServerCertificate };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "tollgate", cluster }],
    users: [{ name: "user", user: { token } }],
    contexts: [{ name: "tollgate", context: { cluster: "tollgate", user: "user" } }],
    "current-context": "tollgate",
  };
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`, OWNER_ONLY);
}
