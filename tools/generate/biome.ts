/** Formats generated text as `npm run check` demands it. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** `content` as Biome formats a file of that path. Throws when it is not valid. */
export function formatted(path: string, content: string): string {
  return execFileSync(
    process.execPath,
    ["node_modules/@biomejs/biome/bin/biome", "format", `--stdin-file-path=${path}`],
    {
      cwd: root,
      input: content,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "ignore"],
    },
  );
}
