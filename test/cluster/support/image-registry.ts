/** A registry of images on 127.0.0.1, and the filter in it. */
import { execFile } from "node:child_process";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { filterPath } from "../../../controller/standalone/installation.ts";
import { findFreePort } from "../../../tools/demo/loopback.ts";
import { ensureBinaries } from "../environment/binaries.ts";
import type { ControlPlane } from "../environment/control-plane.ts";
import { statusOf } from "../environment/probe.ts";

export interface ImageRegistry {
  /** `host:port`. */
  address: string;
  /** Publishes the built filter as the documentation of `deploy/` says, and resolves with the digest of the image. */
  publishFilter(repository: string, tag: string): Promise<string>;
}

const run = promisify(execFile);

/** Starts a registry that ends with the control plane. */
export async function startImageRegistry({ folder, run: runPart }: ControlPlane): Promise<ImageRegistry> {
  const crane = (await ensureBinaries()).program("crane");
  const address = `127.0.0.1:${await findFreePort()}`;
  await runPart({
    name: "registry",
    command: () => ({ program: crane, arguments: ["registry", "serve", `--address=${address}`] }),
    isReady: async () => (await statusOf(`http://${address}/v2/`)) === 200,
  });
  return {
    address,
    publishFilter: async (repository, tag) => {
      const cwd = join(folder, "image");
      await mkdir(cwd, { recursive: true });
      await copyFile(filterPath(), join(cwd, "plugin.wasm"));
      await run("tar", ["--owner=0", "--group=0", "--mtime=@0", "-czf", "plugin.tar.gz", "plugin.wasm"], {
        cwd,
      });
      const target = `${address}/${repository}:${tag}`;
      const { stdout } = await run(
        crane,
        ["append", "--oci-empty-base", "--new_layer=plugin.tar.gz", `--new_tag=${target}`],
        { cwd },
      );
      return stdout.trim().replace(/^.*@sha256:/, "");
    },
  };
}
