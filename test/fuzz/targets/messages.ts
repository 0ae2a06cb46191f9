/** Requests as a whole: tokens in every place, identity headers, preflights, gRPC, against policies of every kind. */
import type { PluginConfig, PluginPolicy } from "../../../controller/api/plugin-config.ts";
import { id, jwtPolicy, routeOf, signClaims } from "../../filter/config.ts";
import type { HostStream, WasmHost } from "../../filter/wasm-host.ts";
import { type Latin1, mutateText } from "../mutate.ts";
import { configWith, ISSUER, KEYS } from "../oracle.ts";
import type { Random } from "../random.ts";
import { target } from "../target.ts";

const SUBJECT = "somebody";
const IDENTITY_HEADER = "x-user-id";
const PARAM = "t";

/** The only token that any policy accepts. */
const GOOD = KEYS.slice(0, 1).map((key) => signClaims(key, { iss: ISSUER, sub: SUBJECT, level: 3 }))[0] ?? "";
const BAD = `${GOOD.slice(0, -4)}AAAA`;

const any = jwtPolicy("0");
const POLICIES: readonly PluginPolicy[] = [
  { ...any, id: id("1"), providers: [id("e")] } as PluginPolicy,
  {
    ...any,
    id: id("2"),
    authorizations: [{ scopes: [], audiences: [], claims: [{ path: ["level"], values: [3] }] }],
    claimsToHeaders: [{ path: ["sub"], header: IDENTITY_HEADER }],
  } as PluginPolicy,
  { id: id("3"), kind: "open" },
  {
    ...any,
    id: id("4"),
    providers: [],
    introspection: { server: id("5"), authorizations: [] },
    passCorsPreflight: true,
  } as PluginPolicy,
];
const [PLACES, CLAIMS, OPEN, OPAQUE] = POLICIES.map((policy) => policy.id);

function config(): PluginConfig {
  const document = configWith(...POLICIES);
  const provider = document.providers.find((each) => each.id === id("b"));
  if (provider === undefined) throw new Error("the configuration has no provider");
  const places = [
    { kind: "header", name: "x-token", prefix: "JWT " },
    { kind: "param", name: PARAM },
    { kind: "cookie", name: "token" },
  ] as const;
  const endpoint = { cluster: "endpoint", authority: "a", path: "/", timeoutMs: 500, maxCacheSeconds: 60 };
  return {
    ...document,
    providers: [...document.providers, { ...provider, id: id("e"), places: [...places] }],
    introspectionServers: [{ id: id("5"), ...endpoint }],
  };
}

interface Message {
  policy: string;
  headers: Record<string, Latin1>;
}

const NAMES = [
  ...["authorization", "x-token", "cookie", ":path", ":method", "origin", "access-control-request-method"],
  ...["content-type", "te", IDENTITY_HEADER, "x_user_id", "x-user_id", "x-userid"],
];
const WORDS = [
  ...[GOOD, BAD, `Bearer ${GOOD}`, `JWT ${GOOD}`, `token=${GOOD}`, `t=${GOOD}`, `&t=${GOOD}`, `%74=${GOOD}`],
  ...[
    "?",
    "&",
    "=",
    ";",
    "; ",
    ",",
    ", ",
    '"',
    "%2E",
    "%",
    "+",
    "#",
    "/a?b=c",
    "GET",
    "OPTIONS",
    "https://a",
  ],
  ...["application/grpc", "opaque", "Bearer opaque"],
];

const plain = { ":path": "/a?b=c", ":method": "GET" };

export const message = target<Message>({
  name: "message",
  seeds: () => [
    { policy: PLACES ?? "", headers: { ...plain, "x-token": `JWT ${GOOD}` } },
    { policy: PLACES ?? "", headers: { ...plain, ":path": `/a?b=c&t=${GOOD}&d` } },
    { policy: PLACES ?? "", headers: { ...plain, cookie: `a=b; token=${GOOD}` } },
    {
      policy: CLAIMS ?? "",
      headers: { ...plain, authorization: `Bearer ${GOOD}`, [IDENTITY_HEADER]: "root" },
    },
    { policy: OPEN ?? "", headers: { ...plain, "x_user-id": "root" } },
    {
      policy: OPAQUE ?? "",
      headers: { ...plain, authorization: "Bearer opaque", "content-type": "application/grpc" },
    },
  ],
  mutate({ policy, headers }, random: Random) {
    if (random.oneIn(8)) return { policy: random.pick(POLICIES).id, headers };
    const name = random.oneIn(2) ? random.pick(Object.keys(headers)) : random.pick(NAMES);
    return { policy, headers: { ...headers, [name]: mutateText(headers[name] ?? "", random, WORDS) } };
  },
  start(makeHost) {
    const host = makeHost();
    host.clusters.add("endpoint");
    if (!host.configure(config())) throw new Error(host.log.at(-1));
    return ({ policy, headers }) => {
      const stream = host.send({ route: routeOf("0").replace(id("0"), policy), headers });
      answerCalls(host);
      host.close(stream);
      const problem = stream.passed
        ? problemOfPassed(policy, headers, stream)
        : problemOfRefused(policy, stream);
      return { accepted: stream.passed, ...(problem !== undefined && { problem }) };
    };
  },
});

/** The endpoint knows no token. */
function answerCalls(host: WasmHost): void {
  for (const call of [...host.calls]) host.endCall(call, { status: 200, body: '{"active":false}' });
}

function problemOfRefused(policy: string, { response }: HostStream): string | undefined {
  if (response === undefined) return "the request waits for nothing";
  return policy === OPEN ? "an open policy refuses" : undefined;
}

function problemOfPassed(
  policy: string,
  sent: Message["headers"],
  { headers }: HostStream,
): string | undefined {
  const isPreflight = policy === OPAQUE && sent[":method"] === "OPTIONS";
  if (policy !== OPEN && !isPreflight && !carriesGoodToken(sent))
    return "a request without a good token passes";
  const expected = policy === CLAIMS ? SUBJECT : undefined;
  for (const [name, value] of headers) {
    const isIdentity = name.replaceAll("_", "-") === IDENTITY_HEADER;
    if (isIdentity && value !== expected) return `the upstream gets ${name} of the client`;
  }
  if (expected !== undefined && headers.get(IDENTITY_HEADER) !== expected)
    return "the identity header is missing";
  const query = headers.get(":path")?.split("?").slice(1).join("?") ?? "";
  const shows = policy === PLACES && new URLSearchParams(query).has(PARAM);
  return shows ? "the upstream gets the parameter of the token" : undefined;
}

/** Whether the token stands in a header, perhaps encoded in the query. */
function carriesGoodToken(headers: Message["headers"]): boolean {
  return Object.values(headers).some((value) => {
    const decoded = value.replace(/%([0-9a-f]{2})/gi, (_, digits) =>
      String.fromCharCode(parseInt(digits, 16)),
    );
    return value.includes(GOOD) || decoded.includes(GOOD);
  });
}
