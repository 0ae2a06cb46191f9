/** Decodes the configuration document (contract version 1). The order of members does not matter. */
import { allocateIn, createArena, freeArena } from "../bytes/arena";
import * as json from "../bytes/json";
import { CONTRACT_VERSION, MAX_CLOCK_SKEW_SECONDS, REVISION_LENGTH } from "../contract";
import { Config, isNull, nothing } from "./config";
import { decodeList, Section } from "./elements";
import { link } from "./link";
import { inflateDocument, inflatedBytes, readInflatedBytes, readStreams } from "./packed";
import {
  entered,
  enterMember,
  fail,
  leaveTo,
  MISSING,
  NOT_JSON,
  pathMark,
  startPath,
  UNKNOWN,
} from "./problem";
import * as read from "./read";

/** The bits of the members that every document has. */
const REQUIRED_MEMBERS: i32 = 0b111111;
const OPTIONAL_MEMBER: i32 = 0b1000000;
/** The bits of the members that a packed document has, and no others. */
const PACKED_MEMBERS: i32 = 0b110000011;
const INFLATED_BYTES: i32 = 0b010000000;
const DEFLATE: i32 = 0b100000000;

/** Decodes and links a document. Null where it is refused; `problem.ts` then knows why. Nothing is left behind. */
export function decodeConfig(document: usize, length: i32): Config {
  startPath();
  const arena = createArena();
  const config = changetype<Config>(allocateIn(arena, offsetof<Config>()));
  config.arena = arena;
  const seen = decodeDocument(config, document, length);
  const isDecoded = seen == PACKED_MEMBERS ? decodePacked(config) : isWhole(seen);
  if (isDecoded && link(config)) return config;
  freeArena(arena);
  return nothing<Config>();
}

/** Decodes the document that the current one carries. */
function decodePacked(config: Config): bool {
  const revision = config.revision;
  const document = inflateDocument();
  if (document == 0) return false;
  const isDecoded = isWhole(decodeDocument(config, document, inflatedBytes));
  heap.free(document);
  if (!isDecoded || config.revision == revision) return isDecoded;
  enterMember("revision");
  return fail("must be that of the packed document");
}

/** Whether a document with these members, which 0 says could not be read, is one that is not packed. */
function isWhole(seen: i32): bool {
  if (seen == 0) return false;
  if ((seen & REQUIRED_MEMBERS) != REQUIRED_MEMBERS) return fail(MISSING);
  return (seen & (INFLATED_BYTES | DEFLATE)) == 0 || fail("must not hold both tables and a packed document");
}

/** Decodes the members of a document; returns their bits, or 0 where one is not good. */
function decodeDocument(config: Config, document: usize, length: i32): i32 {
  json.open(document, length);
  if (!json.enterObject()) {
    fail("must be an object");
    return 0;
  }
  let seen = 0;
  const mark = pathMark();
  let step = json.nextMember();
  while (step == json.MORE) {
    const member = decodeMember(config);
    if (member == 0) return 0;
    seen |= member;
    leaveTo(mark);
    step = json.nextMember();
  }
  if (step == json.DONE && json.isAtEnd()) {
    if (seen == 0) fail(MISSING);
    return seen;
  }
  fail(NOT_JSON);
  return 0;
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
  if (entered("corsPolicies")) {
    config.corsPolicies = decodeList(config.arena, Section.CorsPolicies);
    return isNull(config.corsPolicies) ? 0 : OPTIONAL_MEMBER;
  }
  if (entered("inflatedBytes")) {
    return readInflatedBytes() ? INFLATED_BYTES : 0;
  }
  if (entered("deflate")) {
    return readStreams(config.arena) ? DEFLATE : 0;
  }
  fail(UNKNOWN);
  return 0;
}

function decodeVersion(): bool {
  if (!json.readNumber()) return fail("must be a number");
  const isKnown = json.number == <f64>CONTRACT_VERSION && read.isExact();
  return isKnown || fail("is not a version that this filter knows");
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
