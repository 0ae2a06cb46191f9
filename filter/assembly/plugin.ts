/**
 * The configuration of the VM. A VM outlives a configuration: a new plugin context is configured beside the old one,
 * and streams of both reach the same code. Policies are named by their content, and a configuration holds every
 * policy that a route still names, so the newest accepted one serves them all and the one before is freed at once.
 */

import { writtenAt, writtenLength } from "./bytes/writer";
import { LOG_ERROR, proxy_log } from "./host/abi";
import { readPluginConfiguration, valueAt, valueLength } from "./host/hostcalls";
import { moveCalls } from "./introspection/resume";
import { probeHost } from "./jose/host-verifier";
import { countConfigAccepted, countConfigRefused, defineCounters } from "./metrics";
import { Config, freeConfig, isNull, nothing, takeOverServers } from "./policy/config";
import { decodeConfig } from "./policy/decode";
import { fail, startPath, writeProblem } from "./policy/problem";
import { forgetRoutes } from "./policy/routes";
import { dropTokens } from "./policy/token-cache";

/** What serves; null until a configuration was accepted. */
export let active: Config = nothing<Config>();

/** Takes over the configuration of a plugin context, `length` bytes. False, and nothing changed, where it is refused. */
export function configure(pluginContext: u32, length: i32): bool {
  defineCounters();
  probeHost();
  const next = decode(length);
  if (isNull(next)) {
    countConfigRefused();
    writeProblem();
    proxy_log(LOG_ERROR, writtenAt(), writtenLength());
    return false;
  }
  const before = active;
  active = next;
  forgetRoutes();
  dropTokens();
  if (!isNull(before)) takeOverServers(before, next);
  moveCalls(next, pluginContext);
  if (!isNull(before)) freeConfig(before);
  countConfigAccepted(next.revision);
  return true;
}

function decode(length: i32): Config {
  if (length > 0 && readPluginConfiguration(length)) return decodeConfig(valueAt, valueLength);
  startPath();
  fail("is missing");
  return nothing<Config>();
}
