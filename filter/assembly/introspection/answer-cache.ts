/**
 * What introspection endpoints have said of tokens, set-associative and bounded; inactive tokens are kept apart, so
 * that a flood of them drives out no active one. A hit compares the whole token and the server. An entry holds what a
 * policy decides on, never a decision; all go when the configuration changes.
 */
import { equalBytes, hashBytes } from "../bytes/slice";
import {
  ACTIVE_TOKEN_CACHE_ENTRIES,
  Deny,
  INACTIVE_TOKEN_CACHE_ENTRIES,
  INACTIVE_TOKEN_CACHE_SECONDS,
  MAX_CACHED_TOKEN_BYTES,
} from "../contract";
import { IntrospectionServer, nothing } from "../policy/config";
import { copyFacts, Facts, lengthOfFacts } from "../policy/facts";

const WAYS: u32 = 4;

@unmanaged
export class Answer extends Facts {
  server: IntrospectionServer;
  hash: u64;
  /** The token, behind it what the facts refer to; 0 in an empty entry. */
  token: usize;
  length: i32;
  /** `None` for an active token: only then are there facts. */
  deny: Deny;
  /** When the entry ends, in seconds since the epoch. */
  until: f64;
}

@unmanaged
class AnswerTable {
  sets: u32;
  nextVictim: u32;
  /** 0 before the first answer. */
  entries: usize;
}

const active: AnswerTable = tableOf(memory.data(16, 4), <u32>ACTIVE_TOKEN_CACHE_ENTRIES / WAYS);
const inactive: AnswerTable = tableOf(memory.data(16, 4), <u32>INACTIVE_TOKEN_CACHE_ENTRIES / WAYS);

function tableOf(at: usize, sets: u32): AnswerTable {
  const table = changetype<AnswerTable>(at);
  table.sets = sets;
  table.nextVictim = 0;
  table.entries = 0;
  return table;
}

/** What the server has said of a token, or null. */
export function findAnswer(server: IntrospectionServer, token: usize, length: i32, now: f64): Answer {
  const hash = hashBytes(token, length);
  const answer = findIn(active, server, hash, token, length, now);
  if (changetype<usize>(answer) != 0) return answer;
  return findIn(inactive, server, hash, token, length, now);
}

function findIn(
  table: AnswerTable,
  server: IntrospectionServer,
  hash: u64,
  token: usize,
  length: i32,
  now: f64,
): Answer {
  if (table.entries == 0) return nothing<Answer>();
  for (let way: u32 = 0; way < WAYS; way++) {
    const answer = answerAt(table, hash, way);
    if (answer.token == 0 || answer.hash != hash || answer.server != server) continue;
    if (!equalBytes(answer.token, answer.length, token, length)) continue;
    if (answer.until > now) return answer;
    drop(answer);
  }
  return nothing<Answer>();
}

/** Remembers an active token and a copy of its facts until `exp`, and no longer than the server allows. */
export function keepActive(
  server: IntrospectionServer,
  token: usize,
  length: i32,
  facts: Facts,
  now: f64,
): void {
  const until = min(facts.expires, now + server.maxCacheSeconds);
  if (until <= now || length > MAX_CACHED_TOKEN_BYTES) return;
  const factsAt = (length + 7) & ~7;
  const answer = replaceIn(active, server, token, length, factsAt + lengthOfFacts(facts));
  copyFacts(facts, answer, answer.token + factsAt);
  answer.deny = Deny.None;
  answer.until = until;
}

/** Remembers for a short time that a token is refused. */
export function keepInactive(
  server: IntrospectionServer,
  token: usize,
  length: i32,
  deny: Deny,
  now: f64,
): void {
  if (server.maxCacheSeconds == 0 || length > MAX_CACHED_TOKEN_BYTES) return;
  const answer = replaceIn(inactive, server, token, length, length);
  answer.deny = deny;
  answer.until = now + min(server.maxCacheSeconds, INACTIVE_TOKEN_CACHE_SECONDS);
}

/** Forgets all answers. */
export function dropAnswers(): void {
  dropAll(active);
  dropAll(inactive);
}

function dropAll(table: AnswerTable): void {
  if (table.entries == 0) return;
  for (let i: u32 = 0; i < table.sets * WAYS; i++) {
    const answer = changetype<Answer>(table.entries + <usize>i * offsetof<Answer>());
    if (answer.token != 0) drop(answer);
  }
}

function drop(answer: Answer): void {
  heap.free(answer.token);
  answer.token = 0;
}

function answerAt(table: AnswerTable, hash: u64, way: u32): Answer {
  const set = <u32>(hash >> 20) & (table.sets - 1);
  return changetype<Answer>(table.entries + <usize>(set * WAYS + way) * offsetof<Answer>());
}

/** An entry for a token, with `size` bytes of its own: an empty one, else the ways of the set in turn. */
function replaceIn(
  table: AnswerTable,
  server: IntrospectionServer,
  token: usize,
  length: i32,
  size: i32,
): Answer {
  if (table.entries == 0) {
    const bytes = <usize>(table.sets * WAYS) * offsetof<Answer>();
    table.entries = heap.alloc(bytes);
    memory.fill(table.entries, 0, bytes);
  }
  const hash = hashBytes(token, length);
  const answer = victimOf(table, hash);
  if (answer.token != 0) heap.free(answer.token);
  answer.token = heap.alloc(size);
  memory.copy(answer.token, token, length);
  answer.length = length;
  answer.hash = hash;
  answer.server = server;
  return answer;
}

function victimOf(table: AnswerTable, hash: u64): Answer {
  for (let way: u32 = 0; way < WAYS; way++) {
    const answer = answerAt(table, hash, way);
    if (answer.token == 0) return answer;
  }
  table.nextVictim += 1;
  return answerAt(table, hash, table.nextVictim & (WAYS - 1));
}
