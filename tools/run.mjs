/**
 * `node tools/run.mjs SCRIPT [ARGUMENT...]` runs tools/SCRIPT.ts after it has made sure of what that needs: a
 * recent Node.js and the dependencies of package-lock.json. Plain JavaScript, because nothing is installed yet.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function requireNode() {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const [major, minor] = engines.node.replace(">=", "").split(".").map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split(".").map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  fail(`Node.js ${engines.node} is needed; this is ${process.versions.node}.`);
}

/** True when npm's own record says that everything in package-lock.json is installed, as it is pinned there. */
function dependenciesInstalled() {
  const record = join(root, "node_modules/.package-lock.json");
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages;
  const matches = ([path, { integrity, optional }]) =>
    path === "" || (installed[path] ? installed[path].integrity === integrity : optional);
  return Object.entries(wanted).every(matches);
}

/** Installs what is pinned. Not `npm ci`, which wants the packages of every other platform in package-lock.json too. */
function installDependencies() {
  console.error("setup    installing dependencies");
  const npm = process.env.npm_execpath;
  const [command, ...prefix] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const { error, status } = spawnSync(command, [...prefix, "install", "--no-save", "--include=dev"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (error) fail(`npm could not be started: ${error.message}`);
  if (status !== 0) fail("npm could not install the dependencies; its message stands above.");
  if (!dependenciesInstalled()) fail("package.json and package-lock.json do not agree; run `npm install`.");
}

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}

const [script, ...scriptArguments] = process.argv.slice(2);
const file = join(root, "tools", `${script}.ts`);
if (!script || !existsSync(file))
  fail("usage: node tools/run.mjs SCRIPT [ARGUMENT...], SCRIPT as in tools/*.ts");

requireNode();
if (!dependenciesInstalled()) installDependencies();

process.chdir(root);
process.argv = [process.execPath, file, ...scriptArguments];
const { register } = await import("tsx/esm/api");
register();
await import(pathToFileURL(file).href);
