/**
 * `npm run cluster -- up --dir DIR [--no-controller]` starts a Kubernetes API server with Istio, its ingress gateway
 * and Tollgate on this machine; `npm run cluster -- down --dir DIR` stops them.
 */
import { Command } from "commander";
import { startSandbox, stopSandbox } from "../test/cluster/environment/sandbox.ts";
import { buildController } from "./build/controller.ts";
import { buildFilter } from "./build/filter.ts";
import { announce, runScript } from "./setup/step.ts";

const onProgress = (message: string) => announce("cluster", message);

const program = new Command("npm run cluster --").description("A cluster with Tollgate on this machine.");
program
  .command("up")
  .description("starts what does not run yet, and ends when requests are served")
  .requiredOption("--dir <folder>", "gets the file env with shell variables, and the cluster's state")
  .option("--no-controller", "leave out Tollgate's controller")
  .action(up);
program
  .command("down")
  .description("stops everything and removes the cluster's state")
  .requiredOption("--dir <folder>", "the folder that up was given")
  .action(down);

await runScript(async () => {
  await program.parseAsync(process.argv);
});

async function up({ dir, controller }: { dir: string; controller: boolean }): Promise<void> {
  if (controller) {
    await buildFilter();
    await buildController();
  }
  const file = await startSandbox({ dir, controller, onProgress });
  announce(
    "cluster",
    `ready. In a shell: . ${file}; $KUBECTL get gateways -A; curl -H Host:NAME.local.test $GATEWAY`,
  );
}

async function down({ dir }: { dir: string }): Promise<void> {
  await stopSandbox(dir, onProgress);
  announce("cluster", `${dir} is down`);
}
