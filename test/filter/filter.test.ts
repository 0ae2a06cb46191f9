import { beforeEach, describe, expect, test } from "vitest";
import { ALGORITHM_NAMES } from "../../controller/api/algorithms.ts";
import type { PluginConfig } from "../../controller/api/plugin-config.ts";
import {
  configOf,
  createKey,
  id,
  jwtPolicy,
  routeOf,
  type SigningKey,
  signClaims,
  signTexts,
} from "./config.ts";
import { type LocalResponse, WasmHost } from "./wasm-host.ts";

const rsa = createKey("rsa", "RS256");
const claims = { iss: "https://issuer", exp: 1_800_000_300 };
const anyToken = jwtPolicy("c");

let host: WasmHost;
beforeEach(() => {
  host = new WasmHost();
});

function send(token: string, policy = "c"): LocalResponse | undefined {
  return host.request({ route: routeOf(policy), headers: { authorization: `Bearer ${token}` } });
}

function code(response: LocalResponse | undefined): string {
  return response === undefined ? "allowed" : JSON.parse(response.body).code;
}

function expectVerified(key: SigningKey): void {
  const token = signClaims(key, claims);
  expect(code(send(token))).toBe("allowed");
  const [header, payload, signature = ""] = token.split(".");
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: "root" })).toString("base64url");
  expect(code(send(`${header}.${forged}.${signature}`))).toBe("signature_mismatch");
  const bytes = Buffer.from(signature, "base64url");
  for (const wrong of [bytes.subarray(1), Buffer.concat([Buffer.of(0), bytes]), Buffer.alloc(bytes.length)]) {
    expect(code(send(`${header}.${payload}.${wrong.toString("base64url")}`))).toBe("signature_mismatch");
  }
  for (let jti = 0; jti < 20; jti++) expect(code(send(signClaims(key, { ...claims, jti })))).toBe("allowed");
}

describe("signatures", () => {
  test.each(ALGORITHM_NAMES)("%s is verified", (algorithm) => {
    const key = createKey("k", algorithm);
    host.configure(configOf([key], [anyToken]));
    expectVerified(key);
  });

  test.each(["RS256", "RS384", "RS512", "ES256", "PS256", "EdDSA"] as const)(
    "%s is verified where the host cannot verify",
    (algorithm) => {
      host = new WasmHost({ verifiesSignatures: false });
      const key = createKey("k", algorithm);
      host.configure(configOf([key], [anyToken]));
      expectVerified(key);
    },
  );

  test.each(["ES384", "ES512"] as const)("%s needs a host that verifies", (algorithm) => {
    host = new WasmHost({ verifiesSignatures: false });
    const key = createKey("k", algorithm);
    host.configure(configOf([key], [anyToken]));
    expect(code(send(signClaims(key, claims)))).toBe("verifier_unavailable");
  });

  test("the host is asked once whether it verifies", () => {
    host = new WasmHost({ verifiesSignatures: false });
    for (const revision of ["0000000000001", "0000000000002"]) {
      host.configure(configOf([rsa], [anyToken], revision));
      expect(code(send(signClaims(rsa, { ...claims, revision })))).toBe("allowed");
    }
    expect(host.signatureCalls).toBe(1);
  });

  test("PSS and EdDSA never reach the host", () => {
    const keys = [createKey("p", "PS384"), createKey("e", "EdDSA")];
    host.configure(configOf(keys, [anyToken]));
    for (const key of keys) expect(code(send(signClaims(key, claims)))).toBe("allowed");
    expect(host.signatureCalls).toBe(1);
  });

  test.each([0, 20, 31, 33, 222])("a PSS salt of %i bytes is refused", (saltLength) => {
    const key = createKey("k", "PS256");
    host.configure(configOf([key], [anyToken]));
    const header = JSON.stringify({ alg: "PS256" });
    expect(code(send(signTexts(key, header, JSON.stringify(claims), saltLength)))).toBe("signature_mismatch");
    expect(code(send(signTexts(key, header, JSON.stringify(claims), 32)))).toBe("allowed");
  });

  test.each([
    ["EdDSA", "not a key"],
    ["PS256", "not a key"],
    ["EdDSA", Buffer.from(createKey("k", "PS256").spki, "base64url")],
    ["PS256", Buffer.from(createKey("k", "EdDSA").spki, "base64url")],
    ["PS256", Buffer.from(createKey("k", "ES256").spki, "base64url")],
  ] as const)("a key that is none for %s is taken, and verifies nothing", (algorithm, bytes) => {
    const key = createKey("k", algorithm);
    const good = createKey("good", algorithm);
    const bad = { ...key, spki: Buffer.from(bytes).toString("base64url") };
    expect(host.configure(configOf([bad, good], [anyToken]))).toBe(true);
    expect(code(send(signClaims(key, claims)))).toBe("signature_mismatch");
    expect(code(send(signClaims(good, claims)))).toBe("allowed");
  });

  test("one RSA key serves both paddings, and neither passes for the other", () => {
    const config = configOf([rsa], [anyToken]);
    for (const each of config.keySets[0]?.keys ?? []) each.algorithms = ["RS256", "PS256"];
    host.configure(config);
    for (const algorithm of ["RS256", "PS256"] as const) {
      expect(code(send(signClaims({ ...rsa, algorithm }, claims)))).toBe("allowed");
      const other = algorithm === "RS256" ? "PS256" : "RS256";
      const token = signClaims({ ...rsa, algorithm }, claims, { alg: other });
      expect(code(send(token))).toBe("signature_mismatch");
    }
  });

  test("a key verifies only the algorithms that it allows", () => {
    const key = createKey("k", "RS256");
    host.configure(configOf([key], [anyToken]));
    expect(code(send(signClaims({ ...key, algorithm: "RS512" }, claims)))).toBe("alg_not_allowed");
  });

  test("a token without kid is tried with every key, one with an unknown kid with none", () => {
    const other = createKey("other", "RS256");
    host.configure(configOf([other, rsa], [anyToken]));
    const header = JSON.stringify({ alg: "RS256" });
    expect(code(send(signTexts(rsa, header, JSON.stringify(claims))))).toBe("allowed");
    expect(host.metric("tollgate.signature_checks")).toBe(2n);
    expect(code(send(signClaims(rsa, claims, { kid: "nobody" })))).toBe("key_not_found");
    expect(host.metric("tollgate.signature_checks")).toBe(2n);
    expect(host.metric("tollgate.unknown_key_ids")).toBe(1n);
  });

  test("an issuer without keys is our side missing", () => {
    host.configure(configOf([], [anyToken]));
    const response = send(signClaims(rsa, claims));
    expect(response).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    expect(code(response)).toBe("keys_unavailable");
  });
});

describe("the token cache", () => {
  test("spares the second check, and counts", () => {
    host.configure(configOf([rsa], [anyToken]));
    const token = signClaims(rsa, claims);
    for (let i = 0; i < 3; i++) expect(code(send(token))).toBe("allowed");
    expect(host.metric("tollgate.signature_checks")).toBe(1n);
    expect(host.metric("tollgate.token_cache.misses")).toBe(1n);
    expect(host.metric("tollgate.token_cache.hits")).toBe(2n);
  });

  test("keeps no verdict: each route decides for itself", () => {
    const reads = jwtPolicy("d", [["read"], []]);
    const writes = jwtPolicy("e", [["write"], []]);
    host.configure(configOf([rsa], [reads, writes]));
    const token = signClaims(rsa, { ...claims, scope: "read" });
    expect([send(token, "d"), send(token, "e"), send(token, "d")].map(code)).toEqual([
      "allowed",
      "scope_missing",
      "allowed",
    ]);
    expect(host.metric("tollgate.signature_checks")).toBe(1n);
  });

  test("a token that expires while cached is refused, with the clock skew", () => {
    host.configure(configOf([rsa], [anyToken]));
    const token = signClaims(rsa, claims);
    expect(code(send(token))).toBe("allowed");
    host.now = claims.exp + 59;
    expect(code(send(token))).toBe("allowed");
    host.now = claims.exp + 60;
    expect(code(send(token))).toBe("expired");
    expect(code(send(token))).toBe("expired");
  });

  test("a withdrawn key stops working at once", () => {
    const token = signClaims(rsa, claims);
    host.configure(configOf([rsa], [anyToken]));
    expect(code(send(token))).toBe("allowed");
    host.configure(configOf([createKey("rsa", "RS256")], [anyToken]));
    expect(code(send(token))).toBe("signature_mismatch");
    host.configure(configOf([createKey("next", "RS256")], [anyToken]));
    expect(code(send(token))).toBe("key_not_found");
  });

  test("a removed issuer is not accepted any more, cached or not", () => {
    const config = configOf([rsa], [anyToken]);
    const token = signClaims(rsa, claims);
    host.configure(config);
    expect(code(send(token))).toBe("allowed");
    for (const provider of config.providers) provider.issuer = "https://other";
    host.configure(config);
    expect(code(send(token))).toBe("issuer_unexpected");
  });

  test("the whole token is compared", () => {
    host.configure(configOf([rsa], [anyToken]));
    const token = signClaims(rsa, claims);
    expect(code(send(token))).toBe("allowed");
    const forged = `${signTexts(rsa, JSON.stringify({ alg: "RS256", kid: "rsa" }), '{"iss":"https://issuer"}')
      .split(".")
      .slice(0, 2)
      .join(".")}.${token.split(".")[2]}`;
    expect(code(send(forged))).toBe("signature_mismatch");
  });

  test("two providers of one issuer decide alike, whichever route comes first", () => {
    const config = configOf([rsa], [anyToken, { ...jwtPolicy("d"), providers: [id("f")] } as never]);
    config.providers.push({ id: id("f"), issuer: "https://issuer", keySet: id("a"), algorithms: ["RS256"] });
    host.configure(config);
    for (const order of ["cd", "dc"]) {
      const token = signClaims(rsa, { ...claims, jti: order });
      for (const policy of order + order) expect(code(send(token, policy))).toBe("allowed");
    }
    expect(host.metric("tollgate.signature_checks")).toBe(4n);
  });
});

describe("authorization", () => {
  const policy = jwtPolicy(
    "c",
    [
      ["read", "write"],
      ["a", "b"],
    ],
    [["admin"], []],
  );

  test.each([
    [{ scope: "read write", aud: ["a", "b", "x"] }, "allowed"],
    [{ scp: "read", scopes: ["write"], aud: ["b", "a"] }, "allowed"],
    [{ scope: "admin" }, "allowed"],
    [{ scope: "read", aud: ["a", "b"] }, "scope_missing"],
    [{ scope: "readwrite", aud: ["a", "b"] }, "scope_missing"],
    [{ scope: "read write", aud: "a" }, "scope_missing"],
    [{}, "scope_missing"],
  ])("%j is %s", (members, expected) => {
    host.configure(configOf([rsa], [policy]));
    expect(code(send(signClaims(rsa, { ...claims, ...members })))).toBe(expected);
  });

  test("a missing scope is told in the challenge, a wrong audience is not", () => {
    host.configure(configOf([rsa], [jwtPolicy("c", [["read", 'a"b', "write"], ["api"]])]));
    expect(send(signClaims(rsa, { ...claims, aud: "api" }))).toMatchObject({
      status: 403,
      headers: {
        "www-authenticate": expect.stringMatching(/error="insufficient_scope".*, scope="read write"$/),
      },
    });
    const response = send(signClaims(rsa, { ...claims, scope: "read", aud: "other" }));
    expect(code(response)).toBe("audience_unexpected");
    expect(response?.headers["www-authenticate"]).not.toContain("scope=");
  });
});

describe("routes", () => {
  test("what is not ours is left alone", () => {
    host.configure(configOf([rsa], [anyToken]));
    for (const route of [undefined, "", "other", "tollgat", "Tollgate/x", "tollgate"]) {
      expect(host.request(route === undefined ? {} : { route })).toBeUndefined();
    }
  });

  test("a policy that is not known is refused, whatever the token, also before any configuration", () => {
    const route = routeOf("9", "ns/rule");
    expect(code(host.request({ route }))).toBe("policy_unknown");
    host.configure(configOf([rsa], [anyToken]));
    expect(code(host.request({ route }))).toBe("policy_unknown");
    expect(code(send(signClaims(rsa, claims), "9"))).toBe("policy_unknown");
    expect(host.metric("tollgate.apirule.ns/rule.denied.policy_unknown")).toBe(2n);
    for (const name of ["tollgate/", "tollgate/x", `tollgate/${id("c")}`, `tollgate/${id("c")}/a/b`]) {
      expect(code(host.request({ route: name })), name).toBe("policy_unknown");
    }
  });

  test("outcomes are counted for each APIRule", () => {
    host.configure(configOf([rsa], [anyToken, { id: id("d"), kind: "open" }]));
    host.request({ route: routeOf("c", "team-a/shop.v1") });
    host.request({ route: routeOf("d", "team-a/shop.v1") });
    host.request({ route: routeOf("d", "team-b/shop") });
    expect(host.metric("tollgate.apirule.team-a/shop.v1.denied.token_missing")).toBe(1n);
    expect(host.metric("tollgate.apirule.team-a/shop.v1.allowed")).toBe(1n);
    expect(host.metric("tollgate.apirule.team-b/shop.allowed")).toBe(1n);
  });

  test("a preflight passes only where the policy says so", () => {
    const preflight = { ":method": "OPTIONS", origin: "https://a", "access-control-request-method": "PUT" };
    const passing = { ...jwtPolicy("d"), passCorsPreflight: true } as PluginConfig["policies"][number];
    host.configure(configOf([rsa], [anyToken, passing]));
    expect(code(host.request({ route: routeOf("d"), headers: preflight }))).toBe("allowed");
    expect(code(host.request({ route: routeOf("c"), headers: preflight }))).toBe("token_missing");
    for (const name of Object.keys(preflight)) {
      const headers = Object.fromEntries(Object.entries(preflight).filter(([other]) => other !== name));
      expect(code(host.request({ route: routeOf("d"), headers })), name).toBe("token_missing");
      const emptied = host.request({ route: routeOf("d"), headers: { ...preflight, [name]: "" } });
      expect(code(emptied), `${name} empty`).toBe("token_missing");
    }
  });

  test("an ambiguous path is refused where the policy says so", () => {
    const strict = { id: id("d"), kind: "open", refuseAmbiguousPath: true } as const;
    host.configure(configOf([rsa], [strict, { id: id("e"), kind: "open" }]));
    const headers = { ":path": "/a;x/b" };
    expect(host.request({ route: routeOf("d"), headers })).toMatchObject({ status: 400 });
    expect(host.request({ route: routeOf("d"), headers: { ":path": "/a/b" } })).toBeUndefined();
    expect(host.request({ route: routeOf("e"), headers })).toBeUndefined();
  });
});

describe("configurations", () => {
  test("a refused one changes nothing", () => {
    host.configure(configOf([rsa], [anyToken], "000000000002a"));
    const token = signClaims(rsa, claims);
    expect(code(send(token))).toBe("allowed");
    expect(host.configure({ ...configOf([], []), version: 2 })).toBe(false);
    expect(host.configure("{")).toBe(false);
    expect(host.configure("")).toBe(false);
    expect(code(send(token))).toBe("allowed");
    expect(host.metric("tollgate.config.revision")).toBe(42n);
    expect(host.metric("tollgate.config.refused")).toBe(3n);
    expect(host.metric("tollgate.config.accepted")).toBe(1n);
  });

  test("the newest accepted one serves, and nothing of older ones is left", () => {
    const token = signClaims(rsa, { ...claims, scope: "read", aud: ["a"] });
    const policies = Array.from({ length: 200 }, (_, index) => ({
      ...jwtPolicy("0", [["read"], ["a"]], [[`scope-${index}`], [`audience-${index}`]]),
      id: index.toString(16).padStart(24, "0"),
    }));
    const update = (round: number) => {
      const revision = round.toString(16).padStart(13, "0");
      expect(
        host.configure(configOf([rsa], [...policies, jwtPolicy("c", [[`s${round}`], []])], revision)),
      ).toBe(true);
      expect(code(send(token, "c"))).toBe("scope_missing");
      expect(code(send(token, "0"))).toBe("allowed");
    };
    for (let round = 0; round < 100; round++) update(round);
    const warm = host.memoryBytes;
    for (let round = 100; round < 1_100; round++) update(round);
    expect(host.memoryBytes).toBe(warm);
    expect(host.metric("tollgate.config.revision")).toBe(1_099n);
  });
});
