/** Limits that both sides of the contract share. Sizes are bytes unless a name says otherwise. */
export const LIMITS = {
  /** Longest bearer token that is parsed; a longer one is refused as `token_too_large`. */
  maxTokenBytes: 16_384,
  /** Longest token that the token cache stores; longer ones are verified on every request. */
  maxCachedTokenBytes: 4_096,
  /** Verified tokens that one worker remembers. A power of two. */
  tokenCacheEntries: 4_096,
  /** Deepest nesting of arrays and objects in a protected header, a claims set or a configuration. */
  maxJsonDepth: 16,
  /** Most members, taken together, of the objects that are open at one point of a document. */
  maxJsonMembers: 512,
  /** Longest public key, in base64url characters of its SubjectPublicKeyInfo. */
  maxSpkiCharacters: 4_096,
  /** Keys that are tried for a token without `kid`. */
  maxKeyAttempts: 8,
  /** Seconds for which an unknown `kid` asks for no further fetch of its key set. */
  unknownKeyIdSeconds: 10,
  /** Unknown `kid`s that one worker remembers. A power of two. */
  unknownKeyIdEntries: 256,
  /** Key sets that can ask to be fetched; further ones wait for their time. */
  maxWantedKeySets: 4_096,
  /** APIRules that have counters of their own; further ones share the owner `_/other`. */
  maxCountedApiRules: 65_536,
  /** Largest `clockSkewSeconds` that a configuration may ask for. */
  maxClockSkewSeconds: 3_600,
  /** Largest `timeoutMs` of an introspection server. */
  maxIntrospectionTimeoutMs: 60_000,
  /** Largest `maxCacheSeconds` of an introspection server. */
  maxIntrospectionCacheSeconds: 3_600,
  /** Longest answer of an introspection endpoint that is read. */
  maxIntrospectionAnswerBytes: 32_768,
  /** Active tokens that one worker remembers from introspection. A power of two. */
  activeTokenCacheEntries: 4_096,
  /** Inactive tokens that one worker remembers from introspection. A power of two. */
  inactiveTokenCacheEntries: 1_024,
  /** Seconds for which an inactive token is remembered. */
  inactiveTokenCacheSeconds: 5,
  /** Introspection calls that one worker has under way; what comes on top is refused. */
  maxPendingIntrospections: 512,
  /** Requests of one worker that wait for introspection; what comes on top is refused. */
  maxWaitingRequests: 4_096,
  /** Failures of an introspection endpoint in a row after which it is not asked for a while. */
  introspectionFailuresToOpen: 5,
  /** Seconds until an endpoint that failed is tried again. */
  introspectionOpenSeconds: 5,
  /** Different places of tokens that one policy may name. */
  maxTokenPlaces: 32,
  /** Members that the path of a claim may have. */
  maxClaimPathLength: 8,
  /** Longest name of a header that a configuration may name. */
  maxHeaderNameCharacters: 128,
  /** Largest configuration, as JSON and before it is packed. */
  maxConfigBytes: 33_554_432,
} as const;
