/** APIRules that are refused, and what is said of each. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { parse } from "yaml";

const Members = (description: string) =>
  Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description }));

const Sample = Type.Object(
  {
    name: Type.String({ description: "Of the APIRule, too." }),
    spec: Members("Members that differ from a right spec; null: left out."),
    rule: Members("Members that differ from a right rule; null: left out."),
    jwt: Members("Members that differ from a right jwt, in place of noAuth."),
    apiServer: Type.Optional(
      Type.String({ description: "Part of what the API server says; absent where it accepts the object." }),
    ),
    problems: Type.Array(Type.String(), {
      minItems: 1,
      description: "All that `tollgate check` and the status say, in their order.",
    }),
  },
  { additionalProperties: false },
);

const Samples = Compile(Type.Array(Sample));

/** An APIRule that is refused. */
export interface InvalidSample {
  name: string;
  apiRule: object;
  apiServer?: string;
  problems: string[];
}

const FOLDER = join(import.meta.dirname, "..", "invalid");

/**
 * All samples of the folder. `${a * 3}` in their text stands for `aaa`.
 *
 * @throws Error that names the file and the field when a sample has the wrong form
 */
export function invalidSamples(): InvalidSample[] {
  return readdirSync(FOLDER)
    .sort()
    .flatMap((file) => {
      const document: unknown = parse(repeated(readFileSync(join(FOLDER, file), "utf8")));
      if (Samples.Check(document)) return document.map(sampleOf);
      const [problem] = Samples.Errors(document);
      throw new Error(`${file}: ${problem?.instancePath} ${problem?.message}`);
    });
}

function repeated(text: string): string {
  return text.replace(/\$\{(.) \* (\d+)\}/g, (_, character: string, times) =>
    character.repeat(Number(times)),
  );
}

const RULE = { path: "/a", methods: ["GET"], noAuth: true };
const JWT = { authentications: [{ issuer: "https://issuer.test", jwksUri: "https://issuer.test/jwks" }] };

function sampleOf({ name, spec, rule, jwt, apiServer, problems }: Static<typeof Sample>): InvalidSample {
  const strategy = jwt && { noAuth: null, jwt: changed(JWT, jwt) };
  const right = {
    hosts: [`${name}.local.test`],
    gateway: "kyma-system/kyma-gateway",
    service: { name: "echo", port: 80 },
    rules: [changed(RULE, { ...rule, ...strategy })],
  };
  return {
    name,
    apiRule: {
      apiVersion: "gateway.kyma-project.io/v2",
      kind: "APIRule",
      metadata: { name, namespace: "default" },
      spec: changed(right, spec ?? {}),
    },
    ...(apiServer !== undefined && { apiServer }),
    problems,
  };
}

function changed(right: object, members: object): object {
  return Object.fromEntries(Object.entries({ ...right, ...members }).filter(([, value]) => value !== null));
}
