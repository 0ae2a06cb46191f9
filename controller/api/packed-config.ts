/**
 * The packed form of the contract: a document that would be too large for etcd is carried compressed in another one. Who reads a configuration reads both forms.
 */
import { inflateRawSync } from "node:zlib";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { LIMITS } from "./limits.ts";
import {
  type ConfigProblem,
  checkPluginConfig,
  type PluginConfig,
  PluginConfigSchema,
} from "./plugin-config.ts";

const { version, revision } = PluginConfigSchema.properties;

/** JSON Schema of a packed document. */
export const PackedConfigSchema = Type.Object(
  {
    version,
    revision,
    inflatedBytes: Type.Integer({
      minimum: 1,
      maximum: LIMITS.maxConfigBytes,
      description: "Bytes of the document that is carried, as JSON in UTF-8.",
    }),
    deflate: Type.Array(Type.String({ pattern: "^[A-Za-z0-9_-]+$" }), {
      minItems: 1,
      description:
        "The document in consecutive parts, each a stream of raw DEFLATE (RFC 1951), base64url without padding. " +
        "It is not packed itself and has the same `revision`.",
    }),
  },
  { additionalProperties: false },
);

type PackedConfig = Static<typeof PackedConfigSchema>;

/** A configuration in either form. */
export type AnyPluginConfig = PluginConfig | PackedConfig;

/** What is in a document: the configuration, unless there are problems. */
export interface ConfigReading {
  config?: PluginConfig;
  problems: ConfigProblem[];
}

const compiled = Compile(PackedConfigSchema);

/** Reads a document in either form, and judges it as the filter does. */
export function readPluginConfig(document: unknown): ConfigReading {
  if (typeof document !== "object" || document === null || !("deflate" in document)) return judge(document);
  if (!compiled.Check(document)) {
    const errors = compiled.Errors(document);
    const problems = errors.map(({ instancePath, message }) => ({ path: instancePath || "/", message }));
    return { problems };
  }
  const text = inflate(document);
  if (text === undefined)
    return refusal("/deflate", "must be DEFLATE streams of inflatedBytes bytes in canonical base64url");
  const content = parse(text);
  if (content === undefined) return refusal("/", "must be JSON");
  const reading = judge(content);
  if (reading.config === undefined || reading.config.revision === document.revision) return reading;
  return refusal("/revision", "must be that of the packed document");
}

function judge(document: unknown): ConfigReading {
  const problems = checkPluginConfig(document);
  return problems.length === 0 ? { config: document as PluginConfig, problems } : { problems };
}

function refusal(path: string, message: string): ConfigReading {
  return { problems: [{ path, message }] };
}

function inflate({ deflate, inflatedBytes }: PackedConfig): Buffer | undefined {
  const parts: Buffer[] = [];
  let left = inflatedBytes;
  for (const text of deflate) {
    const part = inflatePart(text, left);
    if (part === undefined) return undefined;
    parts.push(part);
    left -= part.length;
  }
  return left === 0 ? Buffer.concat(parts) : undefined;
}

function inflatePart(text: string, maxOutputLength: number): Buffer | undefined {
  const stream = Buffer.from(text, "base64url");
  if (stream.toString("base64url") !== text) return undefined;
  try {
    const options = { maxOutputLength: Math.max(maxOutputLength, 1), info: true };
    const { buffer, engine } = inflateRawSync(stream, options) as unknown as InflateInfo;
    return buffer.length <= maxOutputLength && engine.bytesWritten === stream.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}

/** What zlib returns when it is asked for `info`. */
interface InflateInfo {
  buffer: Buffer;
  engine: { bytesWritten: number };
}

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text));
  } catch {
    return undefined;
  }
}
