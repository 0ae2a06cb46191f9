import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { collectResources, parseManifests } from "./manifests.ts";
import { translate } from "./translate.ts";

const testdata = new URL("testdata/", import.meta.url);
const cases = readdirSync(testdata)
  .filter((file) => file.endsWith(".in.yaml"))
  .map((file) => file.slice(0, -".in.yaml".length));

test.each(cases)("%s", async (name) => {
  const file = `${name}.in.yaml`;
  const manifests = parseManifests(readFileSync(new URL(file, testdata), "utf8"), file);
  expect(manifests.problems).toEqual([]);
  const { resources, ignored, problems } = collectResources(manifests.objects);
  expect({ ignored, problems }).toEqual({ ignored: [], problems: [] });
  const output = stringify(translate(resources), { lineWidth: 0, aliasDuplicateObjects: false });
  await expect(output).toMatchFileSnapshot(new URL(`${name}.out.yaml`, testdata).pathname);
});
