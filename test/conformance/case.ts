/** The form of a conformance case: manifests, and a table of requests with the answers they must get. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { parse } from "yaml";
import { DENY_CODES } from "../../controller/api/deny-codes.ts";
import { FORGERIES } from "../support/forgeries.ts";

const closed = { additionalProperties: false };
const literals = <Name extends string>(names: readonly Name[]) =>
  Type.Union(names.map((name) => Type.Literal(name)));
const Text = Type.String();
const Anything = Type.Record(Text, Type.Unknown());
const IssuerName = Type.Optional(literals(["main", "second"]));
const Algorithm = Type.Optional(literals(["RS256", "ES256"]));

const IssuedToken = Type.Object(
  {
    issuer: IssuerName,
    scope: Type.Optional(Text),
    audience: Type.Optional(Text),
    algorithm: Algorithm,
    opaque: Type.Optional(Type.Boolean()),
    revoked: Type.Optional(Type.Boolean({ description: "Before it is used. For opaque tokens." })),
  },
  closed,
);
const SignedToken = Type.Object(
  {
    issuer: IssuerName,
    sign: Type.Object(
      {
        algorithm: Algorithm,
        header: Type.Optional(Anything),
        claims: Type.Optional(Anything),
        expiresIn: Type.Optional(Type.Number()),
        notBeforeIn: Type.Optional(Type.Number()),
      },
      closed,
    ),
  },
  closed,
);
const ForgedToken = Type.Object(
  { issuer: IssuerName, forge: literals(Object.keys(FORGERIES) as (keyof typeof FORGERIES)[]) },
  closed,
);

const requestFields = {
  method: Type.Optional(Text),
  host: Type.Optional(Text),
  path: Type.Optional(Type.String({ description: "Sent as it stands: nothing is normalised." })),
  headers: Type.Optional(Type.Record(Text, Type.Union([Text, Type.Array(Text)]))),
  token: Type.Optional(Type.Union([IssuedToken, SignedToken, ForgedToken])),
  authorization: Type.Optional(
    Type.Array(Text, {
      description: "Authorization lines with the token filled in. Default: Bearer and the token.",
    }),
  ),
};
const RequestFields = Type.Object(requestFields, closed);

const UpstreamView = Type.Object(
  {
    path: Type.Optional(Text),
    headers: Type.Optional(Type.Record(Text, Text)),
    absentHeaders: Type.Optional(Type.Array(Text)),
  },
  closed,
);

const Answer = Type.Object(
  {
    status: Type.Union([Type.Integer(), Type.Array(Type.Integer())], { description: "Or any of several." }),
    code: Type.Optional(literals(DENY_CODES.map(({ code }) => code))),
    scope: Type.Optional(Type.String({ description: "`scope` of the challenge." })),
    headers: Type.Optional(Type.Record(Text, Text)),
    absentHeaders: Type.Optional(Type.Array(Text)),
    upstream: Type.Optional(Type.Union([Type.Literal("none"), UpstreamView])),
  },
  closed,
);

const CaseFile = Type.Object(
  {
    description: Text,
    protected: Type.Optional(
      Type.String({
        description: "A path that the upstream may not see without token, however it is spelt.",
      }),
    ),
    manifests: Type.Array(Anything),
    defaults: Type.Optional(RequestFields),
    rows: Type.Array(
      Type.Object(
        {
          name: Text,
          request: Type.Optional(RequestFields),
          expect: Answer,
        },
        closed,
      ),
      { minItems: 1 },
    ),
  },
  closed,
);

export type CaseRequest = Static<typeof RequestFields>;
export type CaseAnswer = Static<typeof Answer>;
export type Case = Static<typeof CaseFile> & { name: string };

const compiled = Compile(CaseFile);
const FOLDER = join(import.meta.dirname, "cases");

/** Puts the token where a row writes `${token}`, in its request and in what it expects. */
export function fillToken(text: string, token: string): string {
  return text.replace(/\$\{token\}/g, token);
}

/**
 * Reads every case. `addresses` fills the placeholders `${NAME}` in the manifests.
 * @throws Error that names the file and the field when a case has the wrong form
 */
export function loadCases(addresses: Readonly<Record<string, string>>): Case[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => loadCase(join(FOLDER, file), addresses));
}

function loadCase(file: string, addresses: Readonly<Record<string, string>>): Case {
  const text = readFileSync(file, "utf8").replace(
    /\$\{([a-z]+\.[a-zA-Z]+)\}/g,
    (placeholder, name: string) => {
      const address = addresses[name];
      if (address === undefined) throw new Error(`${file}: nothing is known of ${placeholder}`);
      return address;
    },
  );
  const document: unknown = parse(text);
  if (!compiled.Check(document)) {
    const [problem] = compiled.Errors(document);
    throw new Error(`${file}: ${problem?.instancePath} ${problem?.message}`);
  }
  return { name: basename(file, ".yaml"), ...document };
}
