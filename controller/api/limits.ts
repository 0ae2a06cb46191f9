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
  /** APIRules that have counters of their own; further ones share the owner `_/other`. */
  maxCountedApiRules: 65_536,
  /** Largest `clockSkewSeconds` that a configuration may ask for. */
  maxClockSkewSeconds: 3_600,
} as const;
