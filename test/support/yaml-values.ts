/** What people write in manifests, and what kubectl makes of it. */

const TRUE = ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "!!bool 'yes'"];
const FALSE = ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", "!!bool no"];
const NULL = ["", "~", "null", "Null", "NULL", "!!null ''"];

const INTEGERS = {
  ...{
    "017": 15,
    "0644": 420,
    "-017": -15,
    "+017": 15,
    "0o17": 15,
    "-0O17": -15,
    "0_7": 7,
    "!!int '017'": 15,
  },
  ...{ "08": 8, "0": 0, "00": 0, "12": 12, "+12": 12, "-12": -12, "1_000": 1_000, "1_": 1 },
  ...{ "0x1F": 31, "-0X1f": -31, "0x_1f": 31, "0b101": 5, "-0B11": -3 },
};
const DECIMALS = {
  ...{ "1.5": 1.5, "1.": 1, ".5": 0.5, "-.5": -0.5, "1_0.5": 10.5, "0.10": 0.1 },
  ...{ "1e3": 1_000, "1.5E-3": 0.0015, "1e5_0": 1e50 },
};

/** Without its tag or its quotes, each of these is the text that it stands for. */
const TEXTS = [
  ...["yEs", "oN", "tRue", "nULL", "'yes'", '"on"', "!!str yes", "! yes", "!local text", "<<", "="],
  ...["1:30", "22:22", "22:22:22.5", "2001-12-14", "2001-12-14T21:59:43Z", "2001-12-14 21:59:43"],
  ...["'017'", "_1", "._5", "1.2.3", "0x", "0b2", "0o8", "1e", "1e400", "+", ".", "0x1p4", "NaN"],
  ...["!!timestamp 2001-12-14", "http://a:1"],
];

const MAP = { b: 1, c: 2 };

const COLLECTIONS: [text: string, value: object][] = [
  ["!!set {a, b}", { a: null, b: null }],
  ["!!omap [a: 1]", [{ a: 1 }]],
  ["{on: 1, 0x10: 2, 1.5: 3, 2001-12-14: 4}", { true: 1, 16: 2, 1.5: 3, "2001-12-14": 4 }],
  ["{__proto__: {a: 1}}", JSON.parse('{"__proto__": {"a": 1}}')],
  ["[&a yes, *a, &a no, *a]", [true, true, false, false]],
  ["[&a {b: 1, c: 2}, {<<: *a, c: 3}, {c: 3, <<: *a}]", [MAP, { b: 1, c: 3 }, { b: 1, c: 2 }]],
  ["[&a {b: 1, c: 2}, {<<: [{b: 0}, *a]}, {<<: [*a, {b: 0}]}]", [MAP, { b: 0, c: 2 }, MAP]],
  ["[&a {b: 1, c: 2}, {<<: *a, <<: {d: 4}}, {'<<': *a}]", [MAP, { ...MAP, d: 4 }, { "<<": MAP }]],
  ["[&a {b: 1, c: 2}, {<<: *a, c: {d: 1}}, {c: {d: 1}, <<: *a}]", [MAP, { b: 1, c: { d: 1 } }, MAP]],
];

/** Values as they are written, with what they are read as. */
export const YAML_VALUES: readonly (readonly [text: string, value: unknown])[] = [
  ...TRUE.map((text) => [text, true] as const),
  ...FALSE.map((text) => [text, false] as const),
  ...NULL.map((text) => [text, null] as const),
  ...Object.entries({ ...INTEGERS, ...DECIMALS }),
  ...TEXTS.map((text) => [text, text.replace(/^!\S* /, "").replace(/^(['"])(.*)\1$/, "$2")] as const),
  ["|-\n    yes", "yes"],
  ...COLLECTIONS,
];

/** What is refused as a value. */
export const YAML_REFUSED = [
  ...[".inf", "-.Inf", "+.INF", ".nan"],
  ...["{<<: 1}", "{<<: [1]}", "{<<: }", "*nothing", "{~: 1}", "{[a]: 1}", "&a [*a]"],
];
