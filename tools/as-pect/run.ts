/** Compiles an as-pect spec with the project's compiler and runs it. */
import { EmptyReporter, TestContext, type TestNode } from "@as-pect/core";
import { instantiate } from "@assemblyscript/loader";
import asc from "assemblyscript/asc";

/** One `it` of a spec. */
export interface SpecResult {
  /** Names of the groups around it and its own. */
  path: string[];
  passed: boolean;
  /** Why it failed. */
  message: string;
}

const GROUP = 1;

async function compile(file: string): Promise<Uint8Array> {
  const { error, stderr, binary } = await compileToBinary([
    file,
    "node_modules/@as-pect/assembly/assembly/index.ts",
    ...["--config", "tools/as-pect/asconfig.json"],
    ...["--transform", "./tools/as-pect/transform.mjs"],
  ]);
  if (error !== null || binary === undefined)
    throw new Error(`${file} does not compile:\n${stderr.toString()}`);
  return binary;
}

async function compileToBinary(options: string[]) {
  let binary: Uint8Array | undefined;
  const result = await asc.main(options, {
    writeFile(name, contents) {
      if (name.endsWith("spec.wasm")) binary = contents as Uint8Array;
    },
  });
  return { ...result, binary };
}

function collect(node: TestNode, path: string[]): SpecResult[] {
  return node.children.flatMap((child) => {
    const childPath = [...path, child.name];
    if ((child.type as number) === GROUP) return collect(child, childPath);
    const message = [child.message, child.stackTrace].filter(Boolean).join("\n");
    return [{ path: childPath, passed: child.ran && child.pass, message }];
  });
}

/** Runs a spec; `imports` stand in for the host. Rejects where it does not compile or holds no test. */
export async function runSpec(
  file: string,
  imports: Record<string, Record<string, unknown>>,
): Promise<SpecResult[]> {
  const binary = await compile(file);
  const context = new TestContext({ reporter: new EmptyReporter({}), binary, fileName: file });
  const module = await instantiate(binary, context.createImports(imports) as never);
  context.run(module as never);
  const results = collect(context.rootNode, []);
  if (results.length === 0) throw new Error(`${file} holds no test`);
  return results;
}
