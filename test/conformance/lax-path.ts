/** Whether a workload that reads paths laxly could take `path` for `protectedPath` or something below it. */
export function mayBeReadAs(path: string, protectedPath: string): boolean {
  const read = readLaxly(path);
  return read === protectedPath || read.startsWith(`${protectedPath}/`);
}

/**
 * The path as the laxest workload reads it: percent-encoding decoded, cut at NUL, backslashes as slashes, parameters
 * (RFC 3986, section 3.3) dropped, empty and dot segments resolved.
 */
function readLaxly(target: string): string {
  const path = target
    .replace(/[?#].*$/s, "")
    .replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  const segments: string[] = [];
  for (const segment of path.replace(/\0.*$/s, "").replaceAll("\\", "/").split("/")) {
    const name = segment.replace(/;.*$/s, "");
    if (name === "..") segments.pop();
    else if (name !== "" && name !== ".") segments.push(name);
  }
  return `/${segments.join("/")}`;
}
