/** Checks the built filter: exactly the imports and exports that it is meant to have, and its size. */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const IMPORTS = [
  "env.proxy_call_foreign_function",
  "env.proxy_continue_stream",
  "env.proxy_define_metric",
  "env.proxy_get_buffer_bytes",
  "env.proxy_get_current_time_nanoseconds",
  "env.proxy_get_header_map_pairs",
  "env.proxy_get_header_map_value",
  "env.proxy_get_property",
  "env.proxy_http_call",
  "env.proxy_increment_metric",
  "env.proxy_log",
  "env.proxy_record_metric",
  "env.proxy_remove_header_map_value",
  "env.proxy_replace_header_map_value",
  "env.proxy_send_local_response",
  "env.proxy_set_effective_context",
];

const EXPORTS = [
  "_initialize",
  "memory",
  "proxy_abi_version_0_2_1",
  "proxy_on_configure",
  "proxy_on_http_call_response",
  "proxy_on_memory_allocate",
  "proxy_on_request_headers",
];

/** Largest module in bytes. */
const MAX_BYTES = 120_000;

function difference(what: string, actual: string[], expected: string[]): string[] {
  const extra = actual
    .filter((name) => !expected.includes(name))
    .map((name) => `${what} not on the list: ${name}`);
  const missing = expected.filter((name) => !actual.includes(name)).map((name) => `${what} missing: ${name}`);
  return [...extra, ...missing];
}

/** What is wrong with a module; an empty list means nothing. */
export async function checkWasm(bytes: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const module = await WebAssembly.compile(bytes);
  const imports = WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`);
  const exports = WebAssembly.Module.exports(module).map(({ name }) => name);
  const size = bytes.length > MAX_BYTES ? [`${bytes.length} bytes are more than ${MAX_BYTES}`] : [];
  return [...difference("import", imports, IMPORTS), ...difference("export", exports, EXPORTS), ...size];
}

async function main(file: string): Promise<void> {
  const bytes = new Uint8Array(await readFile(file));
  const problems = await checkWasm(bytes);
  for (const problem of problems) console.error(`${file}: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`${file}: ${bytes.length} bytes, imports and exports as listed`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  await main(process.argv[2] ?? "dist/tollgate.wasm");
