/** The program `tollgate`. */
import { Command } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { checkCommand } from "./check.ts";
import { controllerCommand } from "./controller.ts";
import { standaloneCommand } from "./standalone.ts";
import { translateCommand } from "./translate.ts";

await new Command("tollgate")
  .description(manifest.description)
  .version(manifest.version)
  .addCommand(checkCommand())
  .addCommand(controllerCommand())
  .addCommand(standaloneCommand())
  .addCommand(translateCommand())
  .parseAsync();
