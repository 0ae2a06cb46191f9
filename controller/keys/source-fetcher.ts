import type { PluginKey } from "../api/plugin-config.ts";
import { ControllerError } from "../errors.ts";
import type { KeySource } from "../model/exposure.ts";
import { type FreshnessBounds, freshnessOf } from "./cache-control.ts";
import { type Fetched, fetchJson } from "./fetch-json.ts";
import { prepareJwks, type RefusedKey } from "./prepare.ts";

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1_048_576;
const WELL_KNOWN = "/.well-known/openid-configuration";

/** What a fetch of a key source tells. */
export interface SourceKeys {
  keys: PluginKey[];
  refused: RefusedKey[];
  /** Seconds until the keys are to be fetched again. */
  freshSeconds: number;
}

/** A document that was fetched, with what is needed to ask for a newer one. */
interface Cached<Value> {
  url: string;
  value: Value;
  etag: string | undefined;
}

/** Fetches the keys of one source, by conditional requests where the issuer sends an `ETag`. */
export class SourceFetcher {
  readonly #source: KeySource;
  readonly #allowLoopback: boolean;
  readonly #bounds: FreshnessBounds;
  #metadata: Cached<string> | undefined;
  #keySet: Cached<{ keys: PluginKey[]; refused: RefusedKey[] }> | undefined;

  constructor(source: KeySource, options: { allowLoopback: boolean; defaultSeconds: number }) {
    this.#source = source;
    this.#allowLoopback = options.allowLoopback;
    this.#bounds = { defaultSeconds: options.defaultSeconds, minSeconds: 1, maxSeconds: 3600 };
  }

  /** @throws ControllerError when the keys cannot be fetched, or none of them is usable */
  async fetch(signal?: AbortSignal): Promise<SourceKeys> {
    const url =
      this.#source.kind === "jwks" ? this.#source.jwksUri : await this.#discover(this.#source.issuer, signal);
    const { headers, value } = await this.#get(url, this.#keySet, prepareJwks, signal);
    if (value.keys.length === 0)
      throw new ControllerError("fetch_failed", `${url}: ${withoutKeys(value.refused)}`);
    this.#keySet = { url, value, etag: headers.etag };
    return { ...value, freshSeconds: freshnessOf(headers, this.#bounds) };
  }

  async #discover(issuer: string, signal: AbortSignal | undefined): Promise<string> {
    const url = `${issuer.replace(/\/$/, "")}${WELL_KNOWN}`;
    const { headers, value } = await this.#get(
      url,
      this.#metadata,
      (document) => jwksUriOf(document, issuer, url),
      signal,
    );
    this.#metadata = { url, value, etag: headers.etag };
    return value;
  }

  async #get<Value>(
    url: string,
    cached: Cached<Value> | undefined,
    parse: (document: unknown) => Value | Promise<Value>,
    signal: AbortSignal | undefined,
  ): Promise<{ headers: Fetched["headers"]; value: Value }> {
    const known = cached?.url === url ? cached : undefined;
    const options = { allowLoopback: this.#allowLoopback, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES };
    const fetched = await fetchJson(url, { ...options, etag: known?.etag, signal });
    if (fetched.modified) return { headers: fetched.headers, value: await parse(fetched.document) };
    if (!known)
      throw new ControllerError("fetch_failed", `${url}: status 304 for a document that is not known`);
    return { headers: { etag: known.etag, ...fetched.headers }, value: known.value };
  }
}

/** `jwks_uri` of a discovery document (OpenID Connect Discovery 1.0, sections 3 and 4.3). */
function jwksUriOf(document: unknown, issuer: string, url: string): string {
  const metadata =
    typeof document === "object" && document !== null ? (document as Record<string, unknown>) : {};
  const { issuer: named, jwks_uri: jwksUri } = metadata;
  const fail = (reason: string) => new ControllerError("fetch_failed", `${url}: ${reason}`);
  if (named !== issuer)
    throw fail(`the document is of issuer ${JSON.stringify(named)}, not of ${JSON.stringify(issuer)}`);
  if (typeof jwksUri !== "string") throw fail("the document has no `jwks_uri`");
  if (issuer.startsWith("https:") && !jwksUri.startsWith("https:"))
    throw fail("its `jwks_uri` is not an https address");
  return jwksUri;
}

function withoutKeys(refused: readonly RefusedKey[]): string {
  const reasons = refused
    .slice(0, 5)
    .map(({ kid, reason }) => `${kid === undefined ? "a key" : `key ${JSON.stringify(kid)}`} ${reason}`);
  return ["the set has no usable key", ...reasons].join("; ");
}
