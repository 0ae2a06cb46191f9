/** Configuration → the form in which it is sent: as it is, or packed where it is large. */
import { hash } from "node:crypto";
import { deflateSync } from "fflate";
import type { AnyPluginConfig } from "../api/packed-config.ts";
import type { PluginConfig } from "../api/plugin-config.ts";
import { configText } from "./plugin-config.ts";

/** A configuration with more characters of JSON is packed; smaller ones stay readable. etcd takes 1.5 MiB. */
const PACK_ABOVE = 262_144;

/** A part ends in a policy whose id ends so: one in 256, whatever stands before it. */
const PART_END = '00","kind":';

/** With a compressor in JavaScript and a memory level of its own, all machines make the same bytes. */
const COMPRESSION = { level: 6, mem: 8 } as const;

/**
 * Packs configurations. The text is cut into parts where its content says so, and each part is compressed by itself:
 * what has not changed since the last time is not compressed again. The result depends on the configuration alone.
 */
export class ConfigPacker {
  #known: ReadonlyMap<string, string> = new Map();

  /** The configuration, packed if it is large. */
  pack(config: PluginConfig): AnyPluginConfig {
    const text = configText(config);
    if (text.length <= PACK_ABOVE) return config;
    const { version, revision } = config;
    return { version, revision, inflatedBytes: Buffer.byteLength(text), deflate: this.#deflate(text) };
  }

  #deflate(text: string): string[] {
    const known = new Map<string, string>();
    const streams = partsOf(text).map((part) => {
      const digest = hash("sha256", part);
      const stream = this.#known.get(digest) ?? deflatePart(part);
      known.set(digest, stream);
      return stream;
    });
    this.#known = known;
    return streams;
  }
}

function partsOf(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = text.indexOf(PART_END); at >= 0; at = text.indexOf(PART_END, at + 1)) {
    parts.push(text.slice(start, at));
    start = at;
  }
  return [...parts, text.slice(start)];
}

function deflatePart(part: string): string {
  return Buffer.from(deflateSync(Buffer.from(part), COMPRESSION)).toString("base64url");
}
