/** The challenge of a refusal (RFC 6750, section 3). */
import { itemAt } from "./bytes/list";
import { writeByte, writeBytes, writeString } from "./bytes/writer";
import { DENY_DETAIL, DENY_ERROR, Deny } from "./contract";
import { nearest } from "./policy/authorize";
import { Text } from "./policy/config";

/** Scopes that do not fit into so many bytes together are left out of the challenge. */
const MAX_SCOPES_LENGTH: i32 = 2_048;

/** Appends the value of `www-authenticate`. */
export function writeChallenge(deny: Deny): void {
  writeString('Bearer realm="tollgate"');
  const error = unchecked(DENY_ERROR[deny]);
  if (error.length == 0) return;
  writeString(', error="');
  writeString(error);
  writeString('", error_description="');
  writeString(unchecked(DENY_DETAIL[deny]));
  writeByte(0x22);
  if (deny == Deny.ScopeMissing) writeScopes();
}

/** The scopes that would have sufficed. Only those that RFC 6749, section 3.3 allows in a quoted value are told. */
function writeScopes(): void {
  writeString(', scope="');
  const scopes = nearest.scopes;
  let written = 0;
  for (let i = 0; i < scopes.count; i++) {
    const scope = changetype<Text>(itemAt(scopes, i));
    if (scope.length > MAX_SCOPES_LENGTH - written || !isScopeToken(scope)) continue;
    if (written > 0) writeByte(0x20);
    writeBytes(scope.at, scope.length);
    written += scope.length + 1;
  }
  writeByte(0x22);
}

function isScopeToken(scope: Text): bool {
  for (let i = 0; i < scope.length; i++) {
    const byte = load<u8>(scope.at + i);
    if (byte <= 0x20 || byte == 0x22 || byte == 0x5c || byte > 0x7e) return false;
  }
  return true;
}
