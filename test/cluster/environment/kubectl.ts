import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { filesOf, type Layout } from "./layout.ts";

/** Runs kubectl as the administrator of one environment. */
export interface Kubectl {
  /**
   * @returns the standard output
   * @throws Error with the standard error
   */
  (...kubectlArguments: string[]): Promise<string>;
  /** Applies objects, or the text of manifests, on the server's side. */
  apply(manifests: readonly object[] | string): Promise<void>;
}

export function kubectlFor(layout: Layout): Kubectl {
  const program = layout.binaries.program("kubectl");
  const run = async (kubectlArguments: string[], input = ""): Promise<string> => {
    const child = spawn(program, ["--kubeconfig", filesOf(layout).kubeconfig, ...kubectlArguments]);
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    if (code !== 0) throw new Error(`kubectl ${kubectlArguments.join(" ")} failed: ${stderr.trim()}`);
    return stdout;
  };
  const kubectl = (...kubectlArguments: string[]) => run(kubectlArguments);
  return Object.assign(kubectl, {
    async apply(manifests: readonly object[] | string) {
      const input = typeof manifests === "string" ? manifests : listOf(manifests);
      await run(["apply", "--server-side", "--force-conflicts", "--filename", "-"], input);
    },
  });
}

function listOf(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}
