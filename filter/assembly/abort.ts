import { startWriting, writeString, writtenAt, writtenLength } from "./bytes/writer";
import { LOG_CRITICAL, proxy_log } from "./host/abi";

/** The last resort of the AssemblyScript runtime: leaves a line in the log before the VM traps. */
export function abort(message: string | null, _file: string | null, _line: u32, _column: u32): void {
  startWriting();
  writeString("tollgate: internal error: ");
  if (message !== null) writeString(message);
  proxy_log(LOG_CRITICAL, writtenAt(), writtenLength());
  unreachable();
}
