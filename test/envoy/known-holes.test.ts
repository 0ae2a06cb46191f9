/** Tokens by which other verifiers were broken, against the filter in a real Envoy. docs/security-rules.md lists them. */
import { createHmac, createPublicKey } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { expectRefusal, parseEcho } from "../conformance/answer.ts";
import {
  configOf,
  createKey,
  jwtPolicy,
  routeOf,
  signClaims,
  signText,
  signTexts,
} from "../filter/config.ts";
import { type Client, headerValues, openClient, type RawResponse } from "../support/client.ts";
import { type FilterGateway, startFilterGateway } from "../support/filter-gateway.ts";

const ISSUER = "https://issuer";
const NOW = Math.floor(Date.now() / 1_000);
const rsa = createKey("r", "RS256");
const ec = createKey("e", "ES256");
const ed = createKey("o", "EdDSA");
const stranger = createKey("e", "ES256");

const encode = (part: string | Buffer) => Buffer.from(part as string).toString("base64url");
const HEADER = JSON.stringify({ alg: "ES256", kid: "e" });
const CLAIMS = JSON.stringify({ iss: ISSUER });

/** A token by the good key whose header, or whose claims, are these texts. */
const withHeader = (header: string | object) =>
  signTexts(
    ec,
    typeof header === "string" ? header : JSON.stringify({ alg: "ES256", kid: "e", ...header }),
    CLAIMS,
  );
const withClaims = (claims: string | Buffer) => signTexts(ec, HEADER, claims);
const withClaim = (name: string, json: string) => withClaims(`{"iss":"${ISSUER}","${name}":${json}}`);
const withSignature = (bytes: Buffer) => `${encode(HEADER)}.${encode(CLAIMS)}.${encode(bytes)}`;
const good = () => signClaims(ec, { iss: ISSUER });

const publicKey = createPublicKey(rsa.privateKey);
function hmacToken(secret: string | Buffer): string {
  const input = `${encode(JSON.stringify({ alg: "HS256", kid: "r" }))}.${encode(CLAIMS)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

const P256_ORDER = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
const ownJwk = createPublicKey(stranger.privateKey).export({ format: "jwk" });
const jws = (header: string) => {
  const input = `${encode(header)}.${encode(CLAIMS)}`;
  return { payload: encode(CLAIMS), protected: encode(header), signature: encode(signText(ec, input)) };
};

type Row = readonly [hole: string, code: string, token: string];

const ALGORITHMS: Row[] = [
  ...["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS1", "ES256K", "es256", "dir"].map(
    (alg): Row => [
      `alg ${JSON.stringify(alg)} (CVE-2015-2951, CVE-2022-23540)`,
      "alg_not_allowed",
      withHeader({ alg }),
    ],
  ),
  ...[["ES256"], null, 1, {}].map(
    (alg): Row => [`alg ${JSON.stringify(alg)}`, "header_invalid", withHeader({ alg })],
  ),
  ["no alg", "header_invalid", withHeader('{"kid":"e"}')],
  [
    "HS256 with the key as PEM (CVE-2015-9235, CVE-2016-10555)",
    "alg_not_allowed",
    hmacToken(publicKey.export({ type: "spki", format: "pem" })),
  ],
  [
    "HS256 with the key as DER (CVE-2022-29217, CVE-2024-54150)",
    "alg_not_allowed",
    hmacToken(Buffer.from(rsa.spki, "base64url")),
  ],
  [
    "HS256 with the modulus (CVE-2024-33663)",
    "alg_not_allowed",
    hmacToken(`${publicKey.export({ format: "jwk" }).n}`),
  ],
  ["HS256 with nothing", "alg_not_allowed", hmacToken("")],
  [
    "the key of another algorithm by its kid (CVE-2021-46743)",
    "alg_not_allowed",
    signClaims({ ...ec, kid: "r" }, { iss: ISSUER }),
  ],
  [
    "the algorithm of another key (CVE-2022-23541)",
    "alg_not_allowed",
    signTexts(rsa, HEADER.replace("ES256", "RS256"), CLAIMS),
  ],
];

const KEYS: Row[] = [
  [
    "jwk in the header (CVE-2018-0114)",
    "header_invalid",
    signTexts(stranger, JSON.stringify({ alg: "ES256", jwk: ownJwk }), CLAIMS),
  ],
  ["x5c in the header", "header_invalid", withHeader({ x5c: [ec.spki] })],
  ["jku in the header (CVE-2024-21643)", "header_invalid", withHeader({ jku: "https://attacker/jwks" })],
  ["x5u in the header", "header_invalid", withHeader({ x5u: "https://attacker/cert" })],
  ...["../../dev/null", "' OR '1'='1", "$(id)", "http://169.254.169.254/", "E", "e ", "", "e\0"].map(
    (kid): Row => [`kid ${JSON.stringify(kid)}`, "key_not_found", withHeader({ kid })],
  ),
  ["kid of 10 KB", "key_not_found", withHeader({ kid: "e".repeat(10_000) })],
  ["kid of 20 KB", "token_too_large", withHeader({ kid: "e".repeat(20_000) })],
  ...[1, null, ["e"], {}].map(
    (kid): Row => [`kid ${JSON.stringify(kid)}`, "header_invalid", withHeader({ kid })],
  ),
  ["kid twice", "header_invalid", withHeader('{"alg":"ES256","kid":"e","kid":"r"}')],
];

const SIGNATURES: Row[] = [
  ["no signature (CVE-2020-28042)", "token_malformed", `${encode(HEADER)}.${encode(CLAIMS)}.`],
  ["no signature and no dot", "token_malformed", `${encode(HEADER)}.${encode(CLAIMS)}`],
  ["r = s = 0 (CVE-2022-21449)", "signature_mismatch", withSignature(Buffer.alloc(64))],
  ["r = s = n", "signature_mismatch", withSignature(Buffer.concat([P256_ORDER, P256_ORDER]))],
  ["r = 0, s = 1", "signature_mismatch", withSignature(Buffer.concat([Buffer.alloc(63), Buffer.of(1)]))],
  [
    "r = n, s = 1",
    "signature_mismatch",
    withSignature(Buffer.concat([P256_ORDER, Buffer.alloc(31), Buffer.of(1)])),
  ],
  ["all bits set", "signature_mismatch", withSignature(Buffer.alloc(64, 0xff))],
  ["one byte", "signature_mismatch", withSignature(Buffer.of(0))],
  ["63 bytes", "signature_mismatch", withSignature(Buffer.alloc(63, 1))],
  ["65 bytes", "signature_mismatch", withSignature(Buffer.alloc(65, 1))],
  ["96 bytes, as ES384 has them", "signature_mismatch", withSignature(Buffer.alloc(96, 1))],
  ["10 KB", "signature_mismatch", withSignature(Buffer.alloc(10_000, 1))],
  ["of another key with the same kid", "signature_mismatch", signClaims(stranger, { iss: ISSUER })],
  ["RSA: 0", "signature_mismatch", signTextsWith(Buffer.alloc(256))],
  ["RSA: 1", "signature_mismatch", signTextsWith(Buffer.concat([Buffer.alloc(255), Buffer.of(1)]))],
  ["RSA: a zero byte in front (CVE-2020-14968)", "signature_mismatch", paddedRsa(1)],
  ["RSA: a byte too few", "signature_mismatch", paddedRsa(-1)],
  ["Ed25519: zeros", "signature_mismatch", zeroEd25519()],
];

function signTextsWith(signature: Buffer): string {
  return `${encode(JSON.stringify({ alg: "RS256", kid: "r" }))}.${encode(CLAIMS)}.${encode(signature)}`;
}

function paddedRsa(bytes: number): string {
  const [header, claims, signature = ""] = signClaims(rsa, { iss: ISSUER }).split(".");
  const right = Buffer.from(signature, "base64url");
  const changed = bytes > 0 ? Buffer.concat([Buffer.alloc(bytes), right]) : right.subarray(-bytes);
  return `${header}.${claims}.${encode(changed)}`;
}

function zeroEd25519(): string {
  return `${encode(JSON.stringify({ alg: "EdDSA", kid: "o" }))}.${encode(CLAIMS)}.${encode(Buffer.alloc(64))}`;
}

const FORMS: Row[] = [
  ["crit with a name nobody knows (CVE-2025-59420)", "crit_unsupported", withHeader({ crit: ["x"], x: 1 })],
  ["crit empty", "crit_unsupported", withHeader({ crit: [] })],
  ["crit with a registered name", "crit_unsupported", withHeader({ crit: ["alg"] })],
  ["b64 false", "crit_unsupported", withHeader({ b64: false, crit: ["b64"] })],
  ["b64 false without crit", "crit_unsupported", withHeader({ b64: false })],
  [
    "JSON serialization (CVE-2022-39227)",
    "credentials_ambiguous",
    JSON.stringify(jws(HEADER)).replaceAll(",", ", "),
  ],
  ["alg twice", "header_invalid", withHeader('{"alg":"ES256","alg":"none","kid":"e"}')],
  ["alg twice, once escaped", "header_invalid", withHeader('{"\\u0061lg":"none","alg":"ES256","kid":"e"}')],
  [
    "five parts: JWE, and so no zip (CVE-2024-28180), no p2c (CVE-2022-36083)",
    "token_malformed",
    `${encode('{"alg":"dir","enc":"A256GCM","zip":"DEF"}')}..a.b.c`,
  ],
  ["a dot at the end", "token_malformed", `${good()}.`],
  ["a dot in front", "token_malformed", `.${good()}`],
  ["10,000 dots (CVE-2025-27144, CVE-2025-30204)", "token_malformed", ".".repeat(10_000)],
  ["20,000 dots", "token_too_large", ".".repeat(20_000)],
  ["padding", "token_malformed", `${good()}=`],
  ["the alphabet of plain base64", "token_malformed", `${good().slice(0, -4)}+/AA`],
  ["white space inside", "token_malformed", good().replace(".", ". ")],
  ["stray last bits", "token_malformed", `${good().slice(0, -1)}B`],
  ["a header of one bracket", "header_invalid", withHeader("{")],
  ["a header that is a list", "header_invalid", withHeader("[]")],
];

const CLAIM_SETS: Row[] = [
  ...[
    "-1",
    '"4102444800"',
    "null",
    "true",
    "[]",
    "{}",
    "1e400",
    "9007199254740992",
    "1e308",
    "9223372036854775808",
  ].map((exp): Row => [`exp ${exp}`, "claims_invalid", withClaim("exp", exp)]),
  ["exp NaN", "claims_invalid", withClaim("exp", "NaN")],
  ["exp 0", "expired", withClaim("exp", "0")],
  ["exp -0", "expired", withClaim("exp", "-0")],
  ["exp beyond the skew", "expired", withClaim("exp", `${NOW - 61}`)],
  ["exp as a fraction, beyond the skew", "expired", withClaim("exp", `${NOW - 61}.5`)],
  ["nbf in the future", "not_yet_valid", withClaim("nbf", `${NOW + 300}`)],
  ["nbf as text", "claims_invalid", withClaim("nbf", `"${NOW}"`)],
  ...["1", "null", "{}", '["a",1]', '[["a"]]'].map(
    (aud): Row => [`aud ${aud} (CVE-2020-26160)`, "claims_invalid", withClaim("aud", aud)],
  ),
  ["iss in a list (CVE-2025-30144)", "claims_invalid", withClaims(`{"iss":["${ISSUER}"]}`)],
  ...[
    `${ISSUER}/`,
    ISSUER.slice(0, -1),
    `${ISSUER}.evil`,
    "HTTPS://ISSUER",
    "https://\u0456ssuer",
    "",
    ` ${ISSUER}`,
    `${ISSUER}\0`,
  ].map(
    (iss): Row => [
      `iss ${JSON.stringify(iss)} (CVE-2024-53861)`,
      "issuer_unexpected",
      signClaims(ec, { iss }),
    ],
  ),
  ["no iss", "issuer_unexpected", withClaims("{}")],
  ["a claim twice", "claims_invalid", withClaims(`{"iss":"${ISSUER}","sub":"a","sub":"b"}`)],
  ["a claim twice, deep inside", "claims_invalid", withClaim("a", '{"b":[{"c":1,"c":2}]}')],
  ["lists 3,000 deep", "claims_invalid", withClaim("a", "[".repeat(3_000) + "]".repeat(3_000))],
  ["objects 1,500 deep", "claims_invalid", withClaim("a", `${'{"a":'.repeat(1_500)}1${"}".repeat(1_500)}`)],
  ["a lone surrogate", "claims_invalid", withClaim("sub", '"\\ud800"')],
  ["a byte order mark", "claims_invalid", withClaims(`\ufeff${CLAIMS}`)],
  [
    "an overlong slash",
    "claims_invalid",
    withClaims(Buffer.from(`{"iss":"${ISSUER}","sub":"\xc0\xaf"}`, "latin1")),
  ],
  ["a raw NUL", "claims_invalid", withClaim("sub", '"\0"')],
  ["text behind the claims", "claims_invalid", withClaims(`${CLAIMS}{}`)],
  ["claims of 12 KB", "token_too_large", withClaim("sub", `"${"x".repeat(12_500)}"`)],
];

/** What only looks like a hole. */
const HARMLESS: readonly (readonly [what: string, token: string])[] = [
  ["the token that the others are made of", good()],
  ["exp within the skew", withClaim("exp", `${NOW - 30}`)],
  ["nbf within the skew", withClaim("nbf", `${NOW + 30}`)],
  ["iat in the future: it decides nothing", withClaim("iat", `${NOW + 3_600}`)],
  [
    "numbers that a double cannot hold, in claims that are not read",
    withClaim("n", "[1e999,-0,9007199254740993]"),
  ],
  ["an escaped NUL in a claim that is not read", withClaim("sub", '"\\u0000"')],
  ["zip is for JWE, and means nothing here", withHeader({ zip: "DEF" })],
  ["p2c is for JWE, and means nothing here", withHeader({ p2c: 2_147_483_647 })],
];

let upstream: Upstream;
let gateway: FilterGateway;
let client: Client;
beforeAll(async () => {
  upstream = await startUpstream();
  const config = configOf([rsa, ec, ed], [jwtPolicy("c")]);
  gateway = await startFilterGateway({
    routes: [{ prefix: "/", name: routeOf("c") }],
    upstreamPort: upstream.port,
    config,
  });
  client = openClient(gateway.url);
});
afterAll(async () => {
  client?.close();
  await gateway?.stop();
  await upstream?.close();
});

function send(...authorization: string[]): Promise<RawResponse> {
  const lines = authorization.map((value): [string, string] => ["authorization", value]);
  return client.send({ method: "GET", path: "/", headers: [["host", "any"], ...lines] });
}

describe.each([
  ["algorithms", ALGORITHMS],
  ["keys", KEYS],
  ["signatures", SIGNATURES],
  ["form", FORMS],
  ["claims", CLAIM_SETS],
])("%s", (_, rows) => {
  test.each(rows)("%s: %s", async (_hole, code, token) => {
    for (let round = 0; round < 2; round++) expectRefusal(await send(`Bearer ${token}`), code);
  });
});

test.each(HARMLESS)("accepted: %s", async (_, token) => {
  expect((await send(`Bearer ${token}`)).status).toBe(200);
});

describe("the Authorization header", () => {
  test.each<[what: string, code: string, ...lines: string[]]>([
    ["a tab behind the scheme", "token_missing", `Bearer\t${good()}`],
    ["a comma behind the scheme", "token_missing", `Bearer,${good()}`],
    ["two tokens", "credentials_ambiguous", `Bearer ${good()},Bearer ${good()}`],
    ["DPoP", "token_missing", `DPoP ${good()}`],
    ["a good token behind another scheme", "credentials_ambiguous", "Basic dTpw", `Bearer ${good()}`],
  ])("%s: %s", async (_, code, ...lines) => {
    expectRefusal(await send(...lines), code);
  });

  test.each([`Bearer ${good()} `, `bEaReR ${good()}`, `Bearer   ${good()}`])(
    "%j is one token",
    async (line) => {
      expect((await send(line)).status).toBe(200);
    },
  );

  test("an empty line beside it is dropped by Envoy, so that the upstream sees what was judged", async () => {
    for (const lines of [
      ["", `Bearer ${good()}`],
      [`Bearer ${good()}`, ""],
    ]) {
      const echo = parseEcho(await send(...lines));
      expect(headerValues(echo?.headers ?? [], "authorization")).toEqual([lines.join("")]);
    }
  });
});
