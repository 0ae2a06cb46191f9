/** What stands around the token: the `Authorization` header, the path, the route's name, and requests as a whole. */
import type { PluginPolicy } from "../../../controller/api/plugin-config.ts";
import { id, routeOf, signClaims } from "../../filter/config.ts";
import { type Latin1, mutateText } from "../mutate.ts";
import { ANY_TOKEN, compareWithJose, configWith, ISSUER, KEYS } from "../oracle.ts";
import { target } from "../target.ts";

const GOOD = KEYS.slice(0, 1).map((key) => signClaims(key, { iss: ISSUER }))[0] ?? "";
const BAD = `${GOOD.slice(0, -4)}AAAA`;

const AUTHORIZATION_WORDS = [
  ...["Bearer ", "bearer", "BEARER ", " ", "  ", ",", ", ", ",Bearer ", "\t", "Basic ", "Basic dTpw, "],
  ...[GOOD, BAD, "=", ";", '"', "DPoP ", "Negotiate "],
];

/** `Bearer` in any case, one or more spaces, and the token; spaces behind it do not count. */
const BEARER = /^bearer +(.*?) *$/is;

export const authorization = target<Latin1>({
  name: "authorization",
  seeds: () => [`Bearer ${GOOD}`, `bearer  ${GOOD} `, `Bearer ${BAD}`, `Bearer ${GOOD}, Bearer ${BAD}`],
  mutate: (input, random) => mutateText(input, random, AUTHORIZATION_WORDS),
  start(makeHost) {
    const host = makeHost();
    host.configure(configWith());
    return (input) => {
      const response = host.request({ route: routeOf(ANY_TOKEN), headers: { authorization: input } });
      const accepted = response === undefined;
      const [, token] = BEARER.exec(input) ?? [];
      if (token !== undefined) return compareWithJose(token, accepted);
      return accepted ? { accepted, problem: "no bearer token was sent" } : { accepted };
    };
  },
});

const PATH_WORDS = [
  ...["/", "//", "%2F", "%2f", "%5c", "\\", ".", "..", "/../", "/./", "%2e", "%2E%2e", ";", ";x=1", "%3B"],
  ...["%00", "%7F", "%20", "%41", "%7e", "%", "%4", "%zz", "?", "#", "?a=//", "secret", "\u00e9"],
];

/** The rules of `refuseAmbiguousPath`, written down a second time. */
const AMBIGUOUS = [
  /\/\//,
  /\/\.\.?(\/|$)/,
  /[\\;]/,
  /%(?![0-9a-f]{2})/i,
  /%([01][0-9a-f]|7f|2f|5c|3b)/i,
  /%(2[de]|3[0-9]|[46][1-9a-f]|[57][0-9a]|5f|7e)/i,
];

export const path = target<Latin1>({
  name: "path",
  seeds: () => ["/", "/a/b.c?x=//", "/a%20b/%C3%A9#f", "/secret", "/a/../b", "/a;b"],
  mutate: (input, random) => mutateText(input, random, PATH_WORDS),
  start(makeHost) {
    const host = makeHost();
    const strict: PluginPolicy = { id: id("d"), kind: "open", refuseAmbiguousPath: true };
    host.configure(configWith(strict));
    return (input) => {
      const accepted = host.request({ route: routeOf("d"), headers: { ":path": input } }) === undefined;
      const plain = input.replace(/[?#].*$/s, "");
      if (accepted !== AMBIGUOUS.some((rule) => rule.test(plain))) return { accepted };
      return { accepted, problem: "the path is judged otherwise than by the written rules" };
    };
  },
});

/** `tollgate/<policy id>/<namespace>/<apirule>/<rule index>`: the id decides, the rest has to have the form. */
const ROUTE = /^tollgate\/([0-9a-f]{24})\/[a-z0-9.-]*\/[a-z0-9.-]*\/[^/]*$/;

export const route = target<Latin1>({
  name: "route",
  seeds: () => [routeOf("d"), routeOf("c"), routeOf("9"), "", "other", "tollgate/"],
  mutate: (input, random) =>
    mutateText(input, random, ["tollgate/", "/", id("d"), id("c"), "default", "0", "A"]),
  start(makeHost) {
    const host = makeHost();
    host.configure(configWith({ id: id("d"), kind: "open" }));
    return (input) => {
      const accepted = host.request({ route: input }) === undefined;
      const isOurs = input.startsWith("tollgate/");
      const isOpen = ROUTE.exec(input)?.[1] === id("d");
      if (accepted === (!isOurs || isOpen)) return { accepted };
      return { accepted, problem: accepted ? "a route without a policy passes" : "an open route is refused" };
    };
  },
});
