/** Decodes the configuration document (contract version 1). The order of members does not matter. */
import { allocateIn, createArena, freeArena } from "../bytes/arena";
import * as json from "../bytes/json";
import { CONTRACT_VERSION, MAX_CLOCK_SKEW_SECONDS, REVISION_LENGTH } from "../contract";
import { Config, isNull, nothing } from "./config";
import { decodeList, Section } from "./elements";
import { link } from "./link";
import { entered, fail, leaveTo, MISSING, NOT_JSON, pathMark, startPath, UNKNOWN } from "./problem";
import * as read from "./read";

/** The bits of the members that every document has. */
const REQUIRED_MEMBERS: i32 = 0b111111;
const OPTIONAL_MEMBER: i32 = 0b1000000;

/** Decodes and links a document. Null where it is refused; `problem.ts` then knows why. Nothing is left behind. */
export function decodeConfig(document: usize, length: i32): Config {
  startPath();
  const arena = createArena();
  const config = changetype<Config>(allocateIn(arena, offsetof<Config>()));
  config.arena = arena;
  json.open(document, length);
  if (decodeDocument(config) && link(config)) return config;
  freeArena(arena);
  return nothing<Config>();
}

function decodeDocument(config: Config): bool {
  if (!json.enterObject()) return fail("must be an object");
  let seen = 0;
  const mark = pathMark();
  let step = json.nextMember();
  while (step == json.MORE) {
    const member = decodeMember(config);
    if (member == 0) return false;
    seen |= member;
    leaveTo(mark);
    step = json.nextMember();
  }
  if (step != json.DONE || !json.isAtEnd()) return fail(NOT_JSON);
  return (seen & REQUIRED_MEMBERS) == REQUIRED_MEMBERS || fail(MISSING);
}

/** Decodes the current member of the document; returns its bit, or 0 where it fails. */
function decodeMember(config: Config): i32 {
  if (entered("version")) {
    return decodeVersion() ? 1 : 0;
  }
  if (entered("revision")) {
    return decodeRevision(config) ? 2 : 0;
  }
  if (entered("clockSkewSeconds")) {
    return decodeClockSkew(config) ? 4 : 0;
  }
  if (entered("keySets")) {
    config.keySets = decodeList(config.arena, Section.KeySets);
    return isNull(config.keySets) ? 0 : 8;
  }
  if (entered("providers")) {
    config.providers = decodeList(config.arena, Section.Providers);
    return isNull(config.providers) ? 0 : 16;
  }
  if (entered("policies")) {
    config.policies = decodeList(config.arena, Section.Policies);
    return isNull(config.policies) ? 0 : 32;
  }
  if (entered("introspectionServers")) {
    config.introspectionServers = decodeList(config.arena, Section.IntrospectionServers);
    return isNull(config.introspectionServers) ? 0 : OPTIONAL_MEMBER;
  }
  fail(UNKNOWN);
  return 0;
}

function decodeVersion(): bool {
  if (!json.readNumber()) return fail("must be a number");
  return json.number == <f64>CONTRACT_VERSION || fail("is not a version that this filter knows");
}

function decodeRevision(config: Config): bool {
  if (!read.readText(config.arena)) return false;
  if (read.text.length != REVISION_LENGTH || !read.isHexadecimal()) return fail("must be a revision");
  let revision: u64 = 0;
  for (let i = 0; i < read.text.length; i++) {
    const digit = <u64>load<u8>(read.text.at + i);
    revision = (revision << 4) | (digit < 0x61 ? digit - 0x30 : digit - 0x57);
  }
  config.revision = revision;
  return true;
}

function decodeClockSkew(config: Config): bool {
  if (!read.readInteger(0, MAX_CLOCK_SKEW_SECONDS)) return false;
  config.clockSkew = <f64>read.integer;
  return true;
}
