import type { Target } from "../target.ts";
import { config } from "./config.ts";
import { jwks } from "./jwks.ts";
import { message } from "./messages.ts";
import { authorization, path, route } from "./requests.ts";
import { claims, header, signature, token } from "./tokens.ts";

/** Everything that is fuzzed. A new kind of input is a target in this list. */
export const TARGETS: readonly Target[] = [
  header,
  claims,
  signature,
  token,
  authorization,
  path,
  route,
  message,
  config,
  jwks,
];
