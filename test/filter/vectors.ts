/** Official test vectors as cases for the filter's own verifiers. */
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Algorithm } from "../../controller/api/algorithms.ts";

/** One signature and the verdict on it. */
export interface SignatureCase {
  /** Where it stands in its file, and what is special about it. */
  name: string;
  algorithm: Algorithm;
  spki: Buffer;
  signature: Buffer;
  text: Buffer;
  valid: boolean;
}

interface WycheproofGroup {
  type: string;
  publicKeyDer: string;
  sha?: "SHA-256" | "SHA-384" | "SHA-512";
  mgfSha?: string;
  sLen?: number;
  tests: { tcId: number; comment: string; flags: string[]; msg: string; sig: string; result: string }[];
}

const hex = (text: string): Buffer => Buffer.from(text, "hex");

/**
 * The cases of a file of Project Wycheproof. Valid is what it calls so, and of the `acceptable` ones what has one of
 * these flags; but by PSS only where the salt is as long as the hash, as JOSE has it.
 */
export function wycheproof(folder: string, file: string, acceptedFlags: string[] = []): SignatureCase[] {
  const { testGroups } = JSON.parse(readFileSync(join(folder, "wycheproof", file), "utf8"));
  return (testGroups as WycheproofGroup[]).flatMap((group) =>
    group.tests.map(({ tcId, comment, flags, msg, sig, result }) => ({
      name: `${tcId} ${comment} (${flags})`,
      algorithm: algorithmOf(group),
      spki: hex(group.publicKeyDer),
      signature: hex(sig),
      text: hex(msg),
      valid:
        result === "valid" || (result === "acceptable" && flags.some((flag) => acceptedFlags.includes(flag))),
    })),
  );
}

function algorithmOf({ type, sha = "SHA-512" }: WycheproofGroup): Algorithm {
  const bits = sha.slice(4) as "256" | "384" | "512";
  if (type === "EddsaVerify") return "EdDSA";
  if (type === "EcdsaP1363Verify") return `ES${bits}`;
  return type === "RsassaPssVerify" ? `PS${bits}` : `RS${bits}`;
}

interface Paragraph {
  [member: string]: string;
}

/** The paragraphs of a file of NIST's CAVP; each carries the members that head its section. */
function* paragraphs(file: string): Generator<Paragraph> {
  let section: Paragraph = {};
  for (const text of readFileSync(file, "utf8").split(/\r?\n\s*\r?\n/)) {
    const lines = text.split(/\r?\n/).filter((line) => !line.startsWith("#"));
    const heading = lines.find((line) => line.startsWith("["));
    if (heading !== undefined) section = { section: heading.slice(1, -1) };
    const members = Object.fromEntries(
      lines
        .filter((line) => line.includes(" = "))
        .map((line) => line.split(/ = /, 2).map((part) => part.trim())),
    );
    if (members.Result === undefined) section = { ...section, ...members };
    else yield { ...section, ...members };
  }
}

/** RSA cases of NIST with moduli and hashes that Tollgate takes. Their signatures are numbers without leading zeros. */
export function nistRsa(folder: string, file: string, padding: "RS" | "PS"): SignatureCase[] {
  return [...paragraphs(join(folder, file))].flatMap((paragraph, index) => {
    const { section, n = "", e = "", SHAAlg = "", SaltVal = "", Msg = "", S = "", Result = "" } = paragraph;
    const bits = SHAAlg.slice(3);
    if (section === "mod = 1024" || !["256", "384", "512"].includes(bits)) return [];
    const jwk = { kty: "RSA", n: integer(n), e: integer(e) };
    const saltFits = padding === "RS" || SaltVal.length / 2 === Number(bits) / 8;
    return {
      name: `${index} ${section} ${SHAAlg} ${Result}`,
      algorithm: `${padding}${bits}` as Algorithm,
      spki: createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "der" }),
      signature: hex(S.padStart(n.length, "0")),
      text: hex(Msg),
      valid: Result.startsWith("P") && saltFits,
    };
  });
}

/** ECDSA cases of NIST for P-256 with SHA-256. */
export function nistEcdsa(folder: string, file: string): SignatureCase[] {
  return [...paragraphs(join(folder, file))].flatMap((paragraph, index) => {
    const { section, Qx = "", Qy = "", R = "", S = "", Msg = "", Result = "" } = paragraph;
    if (section !== "P-256,SHA-256") return [];
    const coordinates = hex(Qx.padStart(64, "0") + Qy.padStart(64, "0"));
    return {
      name: `${index} ${Result}`,
      algorithm: "ES256",
      spki: Buffer.concat([hex("3059301306072a8648ce3d020106082a8648ce3d03010703420004"), coordinates]),
      signature: hex(R.padStart(64, "0") + S.padStart(64, "0")),
      text: hex(Msg),
      valid: Result.startsWith("P"),
    };
  });
}

function integer(digits: string): string {
  const significant = digits.replace(/^(00)+/, "");
  return hex(significant.padStart(significant.length + (significant.length % 2), "0")).toString("base64url");
}
