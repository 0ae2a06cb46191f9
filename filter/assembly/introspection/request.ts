/** The call of an introspection endpoint (RFC 7662, section 2.1). */
import { asciiBytes } from "../bytes/ascii";
import { startWriting, writtenAt } from "../bytes/writer";
import { addPair, startPairs, writePairs } from "../host/header-pairs";
import { startHttpCall } from "../host/hostcalls";
import { IntrospectionServer } from "../policy/config";

const METHOD: string = ":method";
const METHOD_NAME: usize = asciiBytes(METHOD);
const POST: string = "POST";
const POST_VALUE: usize = asciiBytes(POST);
const PATH: string = ":path";
const PATH_NAME: usize = asciiBytes(PATH);
const AUTHORITY: string = ":authority";
const AUTHORITY_NAME: usize = asciiBytes(AUTHORITY);
const CONTENT_TYPE: string = "content-type";
const CONTENT_TYPE_NAME: usize = asciiBytes(CONTENT_TYPE);
const FORM: string = "application/x-www-form-urlencoded";
const FORM_VALUE: usize = asciiBytes(FORM);
const ACCEPT: string = "accept";
const ACCEPT_NAME: usize = asciiBytes(ACCEPT);
const JSON_TYPE: string = "application/json";
const JSON_VALUE: usize = asciiBytes(JSON_TYPE);

const TOKEN_PARAMETER: string = "token=";
const HINT_PARAMETER: string = "&token_type_hint=access_token";

/** Room for the longest token, every byte of it escaped, and the names beside it. */
const form: usize = memory.data(49_408);

/** Starts the call, and returns its id, or 0 where the host could not start it. The token is not too large. */
export function callServer(server: IntrospectionServer, token: usize, length: i32, timeoutMs: u32): u32 {
  const formLength = writeForm(token, length);
  const headersLength = writeHeaders(server);
  return startHttpCall(
    server.cluster.at,
    server.cluster.length,
    writtenAt(),
    headersLength,
    form,
    formLength,
    timeoutMs,
  );
}

/** Writes the header pairs; returns their length. */
function writeHeaders(server: IntrospectionServer): i32 {
  startWriting();
  startPairs();
  addPair(METHOD_NAME, METHOD.length, POST_VALUE, POST.length);
  addPair(PATH_NAME, PATH.length, server.path.at, server.path.length);
  addPair(AUTHORITY_NAME, AUTHORITY.length, server.authority.at, server.authority.length);
  addPair(CONTENT_TYPE_NAME, CONTENT_TYPE.length, FORM_VALUE, FORM.length);
  addPair(ACCEPT_NAME, ACCEPT.length, JSON_VALUE, JSON_TYPE.length);
  return writePairs();
}

function writeForm(token: usize, length: i32): i32 {
  let out = writeAscii(TOKEN_PARAMETER, form);
  for (let i = 0; i < length; i++) out = writeEscaped(load<u8>(token + i), out);
  return <i32>(writeAscii(HINT_PARAMETER, out) - form);
}

function writeAscii(text: string, target: usize): usize {
  for (let i = 0; i < text.length; i++) store<u8>(target + i, <u8>text.charCodeAt(i));
  return target + text.length;
}

/** Writes a byte as application/x-www-form-urlencoded has it (URL Standard, section 5.2). */
function writeEscaped(byte: u8, target: usize): usize {
  if (isPlain(byte)) {
    store<u8>(target, byte);
    return target + 1;
  }
  store<u8>(target, 0x25);
  store<u8>(target, hexDigit(byte >> 4), 1);
  store<u8>(target, hexDigit(byte & 0xf), 2);
  return target + 3;
}

function isPlain(byte: u8): bool {
  const letter = byte | 0x20;
  if (letter >= 0x61 && letter <= 0x7a) return true;
  if (byte >= 0x30 && byte <= 0x39) return true;
  return byte == 0x2a || byte == 0x2d || byte == 0x2e || byte == 0x5f;
}

function hexDigit(value: u8): u8 {
  return value < 10 ? 0x30 + value : 0x37 + value;
}
