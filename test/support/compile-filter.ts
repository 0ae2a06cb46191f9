import asc from "assemblyscript/asc";

const OPTIONS = [
  ...["--runtime", "minimal", "--exportStart", "_initialize", "-O3", "--noAssert"],
  ...["--use", "abort=filter/assembly/abort/abort", "--outFile", "out.wasm"],
];

/**
 * Compiles a module of the filter's sources as the release is compiled, with an entry of its own.
 * @throws Error with the compiler's messages
 */
export async function compileFilter(entry: string): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main([entry, ...OPTIONS], {
    writeFile(name, contents) {
      if (name.endsWith(".wasm")) binary = contents as Uint8Array<ArrayBuffer>;
    },
  });
  if (error !== null || binary === undefined)
    throw new Error(`${entry} does not compile:\n${stderr.toString()}`);
  return binary;
}
