/** Which origins may read an answer: the judgement of Envoy's CORS filter, which runs behind this one. */
import { itemAt } from "../bytes/list";
import { equalBytes } from "../bytes/slice";
import { matchesWhole } from "../host/regex";
import { AllowedOrigin, CorsPolicy, OriginKind } from "./config";

/** What an allowed origin matches that allows every origin. */
const ANY: usize = memory.data<u8>([0x2a]);

/** Whether a policy allows an origin. What was being written is gone afterwards. */
export function allowsOrigin(cors: CorsPolicy, at: usize, length: i32): bool {
  if (length == 0 || !isVisible(at, length)) return false;
  for (let i = 0; i < cors.origins.count; i++) {
    const origin = changetype<AllowedOrigin>(itemAt(cors.origins, i));
    if (matches(origin, at, length) || allowsAny(origin)) return true;
  }
  return false;
}

function allowsAny(origin: AllowedOrigin): bool {
  if (!origin.isAnyKnown) origin.allowsAny = matches(origin, ANY, 1);
  origin.isAnyKnown = true;
  return origin.allowsAny;
}

function isVisible(at: usize, length: i32): bool {
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i);
    if (byte < 0x21 || byte > 0x7e) return false;
  }
  return true;
}

function matches(origin: AllowedOrigin, at: usize, length: i32): bool {
  const kind = origin.kind;
  const value = origin.value;
  if (kind == OriginKind.Exact) return equalBytes(value.at, value.length, at, length);
  if (kind == OriginKind.Regex) return matchesWhole(value.at, value.length, at, length);
  return value.length <= length && equalBytes(value.at, value.length, at, value.length);
}
